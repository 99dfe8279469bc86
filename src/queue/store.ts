/** What a run and its workers share: Redis or Valkey, or Postgres, by way of packages that only this needs. */
import type { Job } from '../core/index.ts';
import type { Bucket } from './buckets.ts';

/** What a run says of itself. Workers that would play it otherwise leave it alone. */
export interface Announcement {
  version: string;
  /** The resolved configuration, without logins. */
  resolved: string;
  /** Of the backend, and of the policies with their versions and parameters. */
  identity: string;
  policies: string;
}

/** Jobs wait here until a worker takes them; those of a worker that died are given to another. */
export interface JobQueue {
  /** A job of the same key that is there already stays as it is. */
  add(job: Job): Promise<void>;
  has(key: string): Promise<boolean>;
  /** Nothing of it is left in the store. */
  remove(): Promise<void>;
}

/** All that a run keeps in the store. Texts are JSON. */
export interface RunInStore {
  /** Forgets what an earlier session left, but not its results. */
  begin(): Promise<void>;
  announce(text: string): Promise<void>;
  /** No worker finds the run any more, and those who play it see `isOver`. */
  end(): Promise<void>;
  isOver(): Promise<boolean>;

  result(key: string): Promise<string | undefined>;
  /** The first one counts. Those who wait for `finished` hear of it. */
  handIn(key: string, text: string): Promise<void>;
  forget(key: string): Promise<void>;
  /** Keys that were handed in, once each; none after about a second without any. Notices may be lost, results are not. */
  finished(): Promise<string[]>;

  sign(worker: string, text: string): Promise<void>;
  signs(): Promise<string[]>;

  /** Takes the amounts from all buckets or from none, by the store's clock. Milliseconds to wait; 0: taken. */
  take(wanted: readonly { bucket: Bucket; amount: number }[]): Promise<number>;
  give(bucket: string, amount: number): Promise<void>;
  /** Nobody takes anything for so many milliseconds. */
  hold(milliseconds: number): Promise<void>;

  openQueue(): JobQueue;
  /** Plays jobs until it is closed. A job whose promise is rejected goes to another worker. */
  work(play: (job: Job) => Promise<void>, concurrency: number): { close(): Promise<void> };
  /** Results that no journal has are left for the next session. */
  close(): Promise<void>;
}

export interface Store {
  runs(): Promise<[run: string, announcement: string][]>;
  open(run: string): RunInStore;
  close(): Promise<void>;
}

/** Milliseconds between two looks at the store. */
export const lookEvery = 250;
/** A worker that has not shown itself for so many milliseconds is gone. */
export const lifeSign = 5000;
