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
  /** Seconds to the end, by the trials of this session; absent while they are too few to say. */
  eta?: number;
  /** Seconds since the start. */
  elapsed: number;
  /** The cell that was started last. */
  cell?: Cell;
}

/** A rate over a trial or two says nothing yet. */
const fewestForEta = 3;

export type StatusCounts = Record<Trial['status'], number>;

export interface ProgressCount {
  begin(cell: Cell): void;
  finish(trial: Pick<Trial, 'status'>): void;
  now(): Progress;
}

export function countProgress(total: number, earlier: StatusCounts, clock: () => bigint = now): ProgressCount {
  const started = clock();
  let begun: bigint | undefined;
  const counts = { ...earlier };
  let finished = 0;
  let current: Cell | undefined;
  return {
    begin(cell) {
      begun ??= clock();
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
      // What comes before the first trial, such as the opening of the engine, comes once.
      const playing = elapsed(begun ?? started, clock()) / 1000;
      if (finished >= fewestForEta && playing > 0) reached.eta = ((total - done) * playing) / finished;
      if (current) reached.cell = current;
      return reached;
    },
  };
}
