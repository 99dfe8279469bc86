import { fewestFor, mean, percentileOf } from '../stats/index.ts';
import type { PercentileName, Spread } from './report-types.ts';

export const percentiles: Readonly<Record<PercentileName, number>> = { p50: 0.5, p90: 0.9, p95: 0.95, p99: 0.99 };
const names = Object.keys(percentiles) as PercentileName[];

/** The fewest samples that support a percentile. */
export const fewestOf: Readonly<Record<PercentileName, number>> = {
  ...{ p50: fewestFor(0.5), p90: fewestFor(0.9), p95: fewestFor(0.95), p99: fewestFor(0.99) },
};

/**
 * Of the values that are there; undefined where none is.
 * @param samples of each value: repeats of one sample are not independent. @default every value is of its own sample
 */
export function spreadOf(values: ArrayLike<number>, samples?: ArrayLike<number | string>): Spread | undefined {
  const known = knownOf(values);
  if (known.length === 0) return undefined;
  const units = samples ? countUnits(values, samples) : known.length;
  // Sorted, so that rounding does not depend on the order in which trials finished.
  const sorted = ascends(known) ? known : known.sort();
  const spread: Spread = {
    ...{ mean: mean(sorted), p50: null, p90: null, p95: null, p99: null },
    ...{ intervals: {}, n: sorted.length, units },
  };
  for (const name of names) {
    const found = percentileOf(sorted, percentiles[name], units);
    if (!found) continue;
    spread[name] = found.value;
    spread.intervals[name] = { low: found.low, high: found.high };
  }
  return spread;
}

/** A copy, so that it may be sorted. */
function knownOf(values: ArrayLike<number>): Float64Array {
  const known = new Float64Array(values.length);
  let count = 0;
  for (let row = 0; row < values.length; row++) {
    const value = values[row] as number;
    if (!Number.isNaN(value)) known[count++] = value;
  }
  return known.subarray(0, count);
}

function countUnits(values: ArrayLike<number>, samples: ArrayLike<number | string>): number {
  const units = new Set<number | string>();
  for (let row = 0; row < values.length; row++)
    if (!Number.isNaN(values[row])) units.add(samples[row] as number | string);
  return units.size;
}

/** Of a column with one value throughout, which many are, and of those that only grow. */
function ascends(values: Float64Array): boolean {
  for (let i = 1; i < values.length; i++) if ((values[i - 1] as number) > (values[i] as number)) return false;
  return true;
}
