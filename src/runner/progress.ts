import { type Cell, elapsed, now, type Trial } from '../core/index.ts';

/** Where a run stands, for a live bar. Trials of earlier sessions count; rate and time are this session's. */
export interface Progress {
  /** Trials of the plan. */
  total: number;
  /** Trials in the journal, whatever their status. */
  done: number;
  failed: number;
  unsupported: number;
  /** Trials per second. */
  rate: number;
  /** Seconds to the end at this rate; absent before the first trial. */
  eta?: number;
  /** Seconds since the start. */
  elapsed: number;
  /** The cell that was started last. */
  cell?: Cell;
}

export type StatusCounts = Record<Trial['status'], number>;

export interface ProgressCount {
  begin(cell: Cell): void;
  finish(trial: Pick<Trial, 'status'>): void;
  now(): Progress;
}

export function countProgress(total: number, earlier: StatusCounts, clock: () => bigint = now): ProgressCount {
  const started = clock();
  const counts = { ...earlier };
  let finished = 0;
  let current: Cell | undefined;
  return {
    begin(cell) {
      current = cell;
    },
    finish({ status }) {
      counts[status]++;
      finished++;
    },
    now() {
      const { failed, unsupported } = counts;
      const done = counts.ok + failed + unsupported;
      const seconds = elapsed(started, clock()) / 1000;
      const rate = seconds > 0 ? finished / seconds : 0;
      const reached: Progress = { total, done, failed, unsupported, rate, elapsed: seconds };
      if (rate > 0) reached.eta = (total - done) / rate;
      if (current) reached.cell = current;
      return reached;
    },
  };
}
