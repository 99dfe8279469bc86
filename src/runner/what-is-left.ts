/** The part of a plan that is still to be played. */
import type { Job, Trial } from '../core/index.ts';
import { type Block, blocksOf } from './block.ts';
import type { RunOptions } from './options.ts';
import type { StatusCounts } from './progress.ts';

/** What a journal has to say of a job. */
export interface Finished {
  /** Of a trial that is there. */
  status(key: string): Trial['status'] | undefined;
}

export interface Left extends Required<Pick<RunOptions, 'total' | 'earlier'>> {
  /** One at a time, in the plan's order. */
  blocks: Iterable<Block>;
  /** Trials in these blocks. */
  left: number;
}

/** The plan minus the journal. @param retryFailed whether failed trials are played again */
export function whatIsLeft(jobs: readonly Job[], journal: Finished, retryFailed = false): Left {
  const earlier: StatusCounts = { ok: 0, failed: 0, unsupported: 0 };
  let left = 0;
  for (const job of jobs) {
    const status = journal.status(job.key);
    if (status === undefined || isRetried(status, retryFailed)) left++;
    else earlier[status]++;
  }
  const blocks = { [Symbol.iterator]: () => blocksOf(jobs, (job) => isLeft(job, { journal, retryFailed })) };
  return { blocks, total: jobs.length, earlier, left };
}

/** Whether a job is still to be played. */
export function isLeft(job: Job, { journal, retryFailed }: { journal: Finished; retryFailed?: boolean }): boolean {
  const status = journal.status(job.key);
  return status === undefined || isRetried(status, retryFailed === true);
}

const isRetried = (status: Trial['status'], retryFailed: boolean) => retryFailed && status === 'failed';
