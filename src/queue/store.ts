/** The store that several machines share: Redis or Valkey, by way of two packages that only this needs. */
import type { Queue, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { TtcError } from '../core/index.ts';

export type { Redis } from 'ioredis';

export interface Store {
  redis: Redis;
  /** Another connection: some commands wait for an answer. */
  connect(): Redis;
  Queue: typeof Queue;
  Worker: typeof Worker;
}

/** What a run says of itself. Workers that would play it otherwise leave it alone. */
export interface Announcement {
  version: string;
  /** The resolved configuration, without logins. */
  resolved: string;
  /** Of the backend, and of the policies with their versions and parameters. */
  identity: string;
  policies: string;
}

/** Milliseconds within which the store has to answer at the start. */
const patience = 5000;

export const isStoreUrl = (url: string): boolean => /^rediss?:\/\//.test(url);

/** A URL without its login, for messages. */
export const shownUrl = (url: string): string => url.replace(/\/\/[^@/]*@/, '//');

/** @throws E_ARGUMENT where the packages are not installed; E_CONNECT where the store does not answer */
export async function openStore(url: string): Promise<Store> {
  if (!isStoreUrl(url))
    throw new TtcError('E_ARGUMENT', `queue ${shownUrl(url)}: it begins with neither redis:// nor rediss://`);
  const [ioredis, bullmq] = await Promise.all([import('ioredis'), import('bullmq')]).catch((cause) => {
    throw new TtcError('E_ARGUMENT', 'a queue needs the packages bullmq and ioredis, which are not installed', {
      help: 'npm install bullmq@6.7.0 ioredis@5.11.1',
      cause,
    });
  });
  const connect = () => new ioredis.Redis(url, { maxRetriesPerRequest: null, lazyConnect: true });
  const redis = connect();
  let last = 'no answer';
  redis.on('error', (error: Error) => {
    last = error.message;
  });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(last)), patience);
  });
  try {
    await Promise.race([redis.ping(), late]);
  } catch (error) {
    redis.disconnect();
    throw new TtcError('E_CONNECT', `the store ${shownUrl(url)} does not answer: ${(error as Error).message || last}`, {
      help: 'start Redis or Valkey there, or check the URL',
    });
  } finally {
    clearTimeout(timer);
  }
  return { redis, connect, Queue: bullmq.Queue, Worker: bullmq.Worker };
}

/** Names of everything that a run keeps in the store. */
export function namesOf(run: string) {
  const name = (what: string) => `ttcbench:${run}:${what}`;
  return {
    queue: { name: 'trials', prefix: `ttcbench:${run}` },
    results: name('results'),
    finished: name('finished'),
    workers: name('workers'),
    bucket: name('bucket'),
    pause: name('pause'),
    state: name('state'),
  };
}

/** Run → its announcement. */
export const runsKey = 'ttcbench:runs';

/** Milliseconds between two looks at the store. */
export const lookEvery = 250;
/** A worker that has not shown itself for so many milliseconds is gone. */
export const lifeSign = 5000;
