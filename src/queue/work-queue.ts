/** A worker of a queue: finds runs in the store, and plays their trials until it is told to end. */
import { hostname } from 'node:os';
import type { ResolvedConfig } from '../config/index.ts';
import { createMeter, fork, type Job, plainText, TtcError, version } from '../core/index.ts';
import { pause } from '../pacing/pause.ts';
import { openWorker } from '../workers/open-worker.ts';
import { openStore } from './open-store.ts';
import type { WorkerSign } from './start-queue.ts';
import { type Announcement, lookEvery, type Store } from './store.ts';
import { createStoreLimiter } from './store-limiter.ts';

export interface WorkOptions {
  url: string;
  /** Trials that are played at once. */
  concurrency: number;
  /** Ends after the first run. */
  once: boolean;
  signal: AbortSignal;
  onNote(sentence: string): void;
}

/** Resolves when the signal aborts, or after one run. @throws E_CONNECT, E_ARGUMENT as `openStore` */
export async function workQueue(options: WorkOptions): Promise<void> {
  const { url, once, signal, onNote } = options;
  const store = await openStore(url);
  const left = new Set<string>();
  onNote('waiting for a run');
  try {
    while (!signal.aborted) {
      const runs = (await store.runs()).filter(([run]) => !left.has(run));
      const [run, text] = runs[0] ?? [];
      if (run === undefined || text === undefined) await pause(lookEvery, signal).catch(() => undefined);
      else if (await playRun(store, run, JSON.parse(text) as Announcement, options).catch(refuse(run))) {
        if (once) return;
      } else left.add(run);
    }
  } finally {
    await store.close();
  }

  function refuse(run: string) {
    return (error: unknown) => {
      onNote(plainText(`run ${run} is left to others: ${(error as Error).message}`));
      if (once) throw error;
      return false;
    };
  }
}

/** @throws E_CHANGED where this worker would play the run otherwise */
async function playRun(store: Store, run: string, about: Announcement, options: WorkOptions): Promise<boolean> {
  const { concurrency, onNote } = options;
  if (about.version !== version)
    throw new TtcError('E_CHANGED', `it is one of ttcbench ${plainText(about.version, 40)}, and this is ${version}`);
  const shared = store.open(run);
  const resolved = JSON.parse(about.resolved) as ResolvedConfig;
  const { requestsPerSecond, requestsPerMinute, tokensPerMinute } = resolved.execution;
  const limiter = createStoreLimiter(shared, {
    ...(requestsPerSecond !== null && { requestsPerSecond }),
    ...(requestsPerMinute !== null && { requestsPerMinute }),
    ...(tokensPerMinute !== null && { tokensPerMinute }),
  });
  using ended = fork({ signal: options.signal, meter: createMeter() });
  await using worker = await openWorker(resolved, { limiter, signal: ended.signal, sockets: 0 });
  if (worker.identity !== about.identity)
    throw new TtcError('E_CHANGED', `it is against another server than this worker finds: ${worker.identity}`);
  if (worker.policies !== about.policies)
    throw new TtcError('E_CHANGED', 'its policies are not those of this worker: other parameters, or another module');
  const id = `${hostname()} ${process.pid}`;
  const sign = (more: Partial<WorkerSign> = {}) =>
    shared.sign(id, JSON.stringify({ host: hostname(), at: Date.now(), ...more } satisfies WorkerSign));
  await sign();
  onNote(`run ${run}: up to ${concurrency} trials at once`);

  async function playJob(job: Job): Promise<void> {
    if ((await shared.result(job.key)) !== undefined) return;
    const { trial } = await worker.play(job);
    // None: this worker ends. The queue gives the trial to another one.
    if (!trial) throw new Error('this worker ends');
    await shared.handIn(trial.key, JSON.stringify(trial));
  }

  const player = shared.work(playJob, concurrency);
  try {
    for (let at = 0; !options.signal.aborted; at++) {
      if (await shared.isOver()) break;
      if (at % 4 === 0) await sign();
      await pause(lookEvery, options.signal).catch(() => undefined);
    }
  } finally {
    ended.abort(new TtcError('E_ABORTED', 'the worker ends'));
    await sign({ facts: worker.facts() });
    await player.close();
  }
  onNote(`run ${run}: over`);
  return true;
}
