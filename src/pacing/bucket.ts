/** Token buckets for provider limits. Time in milliseconds, by any clock. */

export interface Bucket {
  /** Milliseconds until `amount` is there. */
  wait(amount: number, time: number): number;
  /** May go below zero. */
  take(amount: number, time: number): void;
  give(amount: number, time: number): void;
  level(time: number): number;
  /** The provider counts less than we did. */
  lower(level: number, time: number): void;
}

/** Starts full. `rate` refills a millisecond. */
export function createBucket(size: number, rate: number): Bucket {
  let level = size;
  let updated: number | undefined;

  function refill(time: number): void {
    level = Math.min(size, level + Math.max(0, time - (updated ?? time)) * rate);
    updated = time;
  }

  return {
    wait(amount, time) {
      refill(time);
      // Levels are sums of fractions: what is missing by rounding alone counts as there.
      return level >= amount - 1e-6 ? 0 : (amount - level) / rate;
    },
    take(amount, time) {
      refill(time);
      level -= amount;
    },
    give(amount, time) {
      refill(time);
      level = Math.min(size, level + amount);
    },
    level(time) {
      refill(time);
      return level;
    },
    lower(known, time) {
      refill(time);
      level = Math.min(level, known);
    },
  };
}

/**
 * Requests: a bucket of size B that refills by R per window lets at most B + R through in any window, so R = limit − B
 * keeps the limit by every way of counting. B is 5 % of the limit, or a single request, which needs no such margin.
 */
export function requestBucket(limit: number, window: number): Bucket {
  const size = Math.max(1, limit * 0.05);
  return createBucket(size, (size === 1 ? limit : limit - size) / window);
}

/** Evenly spaced requests. */
export const paceBucket = (limit: number, window: number): Bucket => createBucket(1, limit / window);

/**
 * Tokens: the same with B a quarter of the limit, or the largest call where that is more. Beyond half the limit the
 * promise for any window is given up: a call that takes all of it would otherwise wait for ever.
 */
export function tokenBucket(limit: number, window: number, largest: number): Bucket {
  const size = Math.min(limit, Math.max(largest, limit / 4));
  return createBucket(size, Math.max(limit - size, limit / 2) / window);
}
