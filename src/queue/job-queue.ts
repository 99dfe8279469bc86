import type { Job } from '../core/index.ts';
import type { JobQueue } from './store.ts';

/** What both stores need of a queue of BullMQ. */
interface Jobs {
  on(event: 'error', hear: () => void): unknown;
  add(name: string, job: Job, options: typeof jobOptions & { jobId: string }): Promise<unknown>;
  getJob(key: string): Promise<unknown>;
  obliterate(options: { force: boolean }): Promise<void>;
  close(): Promise<void>;
}

/** Milliseconds: a worker that is killed is noticed after about `lock` + `stalled`. */
const times = { lock: 5000, stalled: 2000 };
/** A job is tried until it is played, and leaves no trace. */
const jobOptions = { removeOnComplete: true, removeOnFail: true, attempts: 1000 };
export const workerOptions = { lockDuration: times.lock, stalledInterval: times.stalled, maxStalledCount: 10 };

/** The queue of a run, whichever store it is in. */
export function jobQueueOf(queue: Jobs): JobQueue {
  queue.on('error', () => undefined);
  return {
    add: async (job) => void (await queue.add('trial', job, { ...jobOptions, jobId: job.key })),
    has: async (key) => (await queue.getJob(key)) !== undefined,
    async remove() {
      await queue.obliterate({ force: true }).catch(() => undefined);
      await queue.close().catch(() => undefined);
    },
  };
}
