import { type Job, now } from '../core/index.ts';

/** Decides when the next trial may start. Rate limits and open-loop schedules are admissions too. */
export interface Admission {
  /** Resolves when the job may start; `intended` is set where the schedule, not the asking, says when that is. */
  admit(job: Job, signal: AbortSignal): Promise<{ intended?: bigint; leave(): void }>;
}

/** Closed loop: a trial starts when one of `concurrency` places is free, in the order of asking. */
export function closedLoop(concurrency: number): Admission {
  const waiting: (() => void)[] = [];
  let free = Math.max(1, Math.floor(concurrency));
  const leave = () => {
    const next = waiting.shift();
    if (next) next();
    else free++;
  };
  return {
    async admit() {
      if (free > 0) free--;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      let left = false;
      return {
        leave() {
          if (!left) leave();
          left = true;
        },
      };
    },
  };
}

/** Everything at once, sent now: the trials of a block. */
export function together(): Admission {
  const intended = now();
  return { admit: async () => ({ intended, leave: () => undefined }) };
}
