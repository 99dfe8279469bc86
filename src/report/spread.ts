import { mean, quantileSorted } from '../stats/index.ts';
import type { Spread } from './report-types.ts';

/** Of the values that are there; undefined where none is. */
export function spreadOf(values: ArrayLike<number>): Spread | undefined {
  const known = Float64Array.from(values).filter((value) => !Number.isNaN(value));
  if (known.length === 0) return undefined;
  // Sorted, so that rounding does not depend on the order in which trials finished.
  const sorted = known.sort();
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((share) => quantileSorted(sorted, share)) as [number, number, number];
  return { mean: mean(sorted), p50, p95, p99, n: sorted.length };
}
