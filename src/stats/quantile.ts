/** Quantile of ascending values, linear between order statistics (type 7 of Hyndman and Fan 1996; R's and NumPy's default). */
export function quantileSorted(sorted: ArrayLike<number>, probability: number): number {
  if (sorted.length === 0) return Number.NaN;
  const position = (sorted.length - 1) * probability;
  const below = Math.floor(position);
  const low = sorted[below] as number;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] as number;
  return position === below || low === high ? low : low + (position - below) * (high - low);
}

/** Quantiles of values in any order; NaN where there are none. */
export function quantiles(values: ArrayLike<number>, probabilities: readonly number[]): number[] {
  const sorted = Float64Array.from(values).sort();
  return probabilities.map((probability) => quantileSorted(sorted, probability));
}
