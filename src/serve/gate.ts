/** How many answers may run and wait; the next one is refused, with a time after which it may come again. */

export interface Gate {
  /** Answers that were let in and have not ended. */
  readonly inside: number;
  readonly slots: number;
  readonly waiting: number;
  /** Lets all of them in, or none. */
  enter(answers: number): boolean;
  /** @param seconds that they took */
  leave(answers: number, seconds: number): void;
  /** Whole seconds until there is likely room for one more, from 1 to 60. */
  retryAfter(): number;
  /** Resolves when nothing is inside. */
  empty(): Promise<void>;
}

/** Weight of the newest answer in the mean time that answers take. */
const newest = 0.2;

export function createGate(slots: number, maxQueue: number): Gate {
  let inside = 0;
  let mean: number | undefined;
  let waiters: (() => void)[] = [];
  return {
    slots,
    get inside() {
      return inside;
    },
    get waiting() {
      return Math.max(0, inside - slots);
    },
    enter(answers) {
      if (inside + answers > slots + maxQueue) return false;
      inside += answers;
      return true;
    },
    leave(answers, seconds) {
      inside -= answers;
      mean = mean === undefined ? seconds : mean + newest * (seconds - mean);
      if (inside > 0) return;
      for (const resolve of waiters) resolve();
      waiters = [];
    },
    retryAfter: () => Math.min(60, Math.max(1, Math.ceil(((mean ?? 1) / slots) * Math.max(1, inside - slots)))),
    empty: () => (inside === 0 ? Promise.resolve() : new Promise((resolve) => waiters.push(resolve))),
  };
}
