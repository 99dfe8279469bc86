import { mean, quantileSorted } from '../stats/index.ts';
import type { Spread } from './report-types.ts';

/** Of the values that are there; undefined where none is. */
export function spreadOf(values: ArrayLike<number>): Spread | undefined {
  const known = Float64Array.from(values).filter((value) => !Number.isNaN(value));
  if (known.length === 0) return undefined;
  // Sorted, so that rounding does not depend on the order in which trials finished.
  const sorted = ascends(known) ? known : known.sort();
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((share) => quantileSorted(sorted, share)) as [number, number, number];
  return { mean: mean(sorted), p50, p95, p99, n: sorted.length };
}

/** Of a column with one value throughout, which many are, and of those that only grow. */
function ascends(values: Float64Array): boolean {
  for (let i = 1; i < values.length; i++) if ((values[i - 1] as number) > (values[i] as number)) return false;
  return true;
}
