/** A token bucket that keeps a limit per window in every window, wherever it begins. */

export interface Bucket {
  /** Milliseconds until `amount` is there. */
  wait(amount: number, time: number): number;
  /** May go below zero. */
  take(amount: number, time: number): void;
  give(amount: number, time: number): void;
  /** A provider counted less than we did. */
  lower(level: number, time: number): void;
  readonly limit: number;
}

/** Share of the limit that may be spent in one burst. */
const burst = 0.05;

/**
 * A bucket of size B that refills by R per window lets at most B + R through in any window, so R = limit − B.
 * `largest`: the largest amount ever taken at once; the bucket is at least that big.
 */
export function createBucket(limit: number, window: number, largest = 1): Bucket {
  const size = Math.min(limit, Math.max(largest, limit * burst));
  const rate = Math.max(limit - size, limit * burst) / window;
  let level = size;
  let updated: number | undefined;

  function refill(time: number): void {
    level = Math.min(size, level + Math.max(0, time - (updated ?? time)) * rate);
    updated = time;
  }

  return {
    limit,
    wait(amount, time) {
      refill(time);
      return level >= amount ? 0 : (amount - level) / rate;
    },
    take(amount, time) {
      refill(time);
      level -= amount;
    },
    give(amount, time) {
      refill(time);
      level = Math.min(size, level + amount);
    },
    lower(known, time) {
      refill(time);
      level = Math.min(level, known);
    },
  };
}
