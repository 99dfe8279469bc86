/**
 * A run whose trials are played by workers of a queue, on this and other machines. The run deals out the trials, keeps
 * the journal, and is the only one that writes to its folder.
 *
 * A result stays in the store until its trial is in the journal. So a run that was killed finds there what was played
 * while it was gone, and each trial is merged once, by its key.
 */
import { hostname } from 'node:os';
import type { ResolvedConfig } from '../config/index.ts';
import { type Job, type Trial, TtcError, version } from '../core/index.ts';
import { clientDoubts } from '../runner/machine.ts';
import type { Players } from '../runner/run.ts';
import type { WorkerFacts } from '../workers/protocol.ts';
import { sumOf, type Workers } from '../workers/start-workers.ts';
import { openStore } from './open-store.ts';
import { type Announcement, lifeSign, lookEvery } from './store.ts';

export interface QueueOptions {
  url: string;
  /** Names the run in the store. */
  run: string;
  resolved: ResolvedConfig;
  identity: string;
  policies: string;
  onNote?: ((sentence: string) => void) | undefined;
}

/** What a worker keeps in the store while it lives. */
export interface WorkerSign {
  host: string;
  at: number;
  facts?: WorkerFacts;
}

interface Waiting {
  job: Job;
  /** How often it was put into the queue. */
  offers: number;
  resolve(trial: Trial | undefined): void;
  reject(error: unknown): void;
}

/** A job may leave the queue without a result: its workers died again and again, or the store lost it. */
const mostOffers = 3;

export interface Queue extends Workers {
  /** The trial is in the journal: its result may go. */
  safe(key: string): void;
}

/** @throws E_CONNECT, E_ARGUMENT as `openStore` */
export async function startQueue({ url, run, resolved, identity, policies, onNote }: QueueOptions): Promise<Queue> {
  const store = await openStore(url);
  const shared = store.open(run);
  const queue = shared.openQueue();
  const waiting = new Map<string, Waiting>();
  let isOver = false;
  let signs: WorkerSign[] = [];
  await shared.begin();
  const announcement: Announcement = { version, resolved: JSON.stringify(resolved), identity, policies };
  await shared.announce(JSON.stringify(announcement));
  onNote?.('the trials of this run are played by workers of the queue: ttcbench worker --queue URL, here or elsewhere');
  const listening = listen();

  /** Notices may be lost with a connection; the results themselves are looked up by key. */
  async function listen(): Promise<void> {
    while (!isOver) {
      const keys = await shared.finished().catch(() => lost());
      await Promise.all(keys.map(collect));
      if (keys.length === 0) for (const key of waiting.keys()) if (!isOver) await lookAfter(key).catch(() => undefined);
    }
  }

  /** The store is gone: it may come back. */
  async function lost(): Promise<string[]> {
    await new Promise((go) => setTimeout(go, lookEvery));
    return [];
  }

  async function collect(key: string): Promise<void> {
    const text = await shared.result(key).catch(() => undefined);
    const one = waiting.get(key);
    if (text === undefined || !one) return;
    waiting.delete(key);
    one.resolve(JSON.parse(text) as Trial);
  }

  async function lookAfter(key: string): Promise<void> {
    const isQueued = await queue.has(key);
    // A job leaves the queue after its result is there.
    await collect(key);
    const one = waiting.get(key);
    if (isQueued || !one || one.offers === 0) return;
    if (one.offers < mostOffers) return offer(one);
    waiting.delete(key);
    const cause = `a trial left the queue ${one.offers} times without a result: its workers died under it`;
    one.reject(new TtcError('E_WORKER_DIED', cause));
  }

  function play(job: Job): Promise<Trial | undefined> {
    if (isOver) return Promise.resolve(undefined);
    return new Promise((resolve, reject) => {
      const one = { job, offers: 0, resolve, reject };
      waiting.set(job.key, one);
      offer(one).catch(reject);
    });
  }

  async function offer(one: Waiting): Promise<void> {
    const { job } = one;
    await collect(job.key);
    if (!waiting.has(job.key)) return;
    // A job of the same key that is there already, from a session before this one, is the same trial.
    await queue.add(job);
    one.offers++;
  }

  /** Workers see that the run is over, and say their last word. */
  async function end(): Promise<void> {
    if (isOver) return;
    isOver = true;
    for (const { resolve } of waiting.values()) resolve(undefined);
    waiting.clear();
    await shared.end();
    const until = Date.now() + 2 * lifeSign;
    do {
      signs = (await shared.signs()).map((text) => JSON.parse(text) as WorkerSign);
      if (signs.every(({ at, facts }) => facts || Date.now() - at > lifeSign)) break;
      await new Promise((go) => setTimeout(go, lookEvery / 5));
    } while (Date.now() < until);
  }

  async function close(): Promise<void> {
    await end();
    await listening;
    await queue.remove();
    await shared.close();
    await store.close();
  }

  const finished = () => signs.flatMap(({ facts }) => facts ?? []);
  return {
    requests: 0,
    players(signal): Players {
      signal.addEventListener('abort', () => void end().catch(() => undefined), { once: true });
      return {
        ready: () => undefined,
        play,
        replayIfDied: async (_, trial) => trial,
        async finish() {
          await end();
          const own = signs.filter(({ host }) => host === hostname()).flatMap(({ facts }) => facts?.machine ?? []);
          const doubts = finished().flatMap(({ machine }) => clientDoubts(machine));
          const core_use = own.reduce((sum, machine) => sum + machine.core_use, 0);
          return { core_use, doubts: [...new Set(doubts.map((doubt) => `${doubt}, in a worker of the queue`))] };
        },
      };
    },
    safe: (key) => void shared.forget(key).catch(() => undefined),
    facts: () => ({
      ...sumOf(finished()),
      count: signs.length,
      machines: new Set(signs.map(({ host }) => host)).size,
      died: signs.filter(({ facts }) => !facts).length,
    }),
    [Symbol.asyncDispose]: close,
  };
}

/** A login may not lie in a store that others read. @throws E_ARGUMENT */
export function refuseLogins({ config }: Pick<ResolvedConfig, 'config'>): void {
  if (config.backend.baseUrls.every((url) => !/\/\/[^/]*@/.test(url))) return;
  throw new TtcError('E_ARGUMENT', 'a base URL with a login cannot go into a queue, where others could read it', {
    help: 'give the key by its environment variable on every worker',
  });
}
