/**
 * Percentiles with 95 % intervals that take no distribution for granted: both ends are order statistics. A value of the
 * sample lies below the true percentile q with chance q, so the number that do is binomial (David and Nagaraja 2003, §7.1).
 */
import { quantileSorted } from './quantile.ts';

export interface Percentile {
  value: number;
  low: number;
  high: number;
}

/** How many values a sample may leave outside its interval: 5 %. */
const miss = 0.05;

/** Ranks (from 1) of the order statistics that are the ends of an interval. */
export interface Ranks {
  low: number;
  high: number;
}

/**
 * The ranks between which the percentile lies with a chance of at least 95 %: 2.5 % at most on either side where so many
 * values allow it. Close to an end of the sample they do not; the largest (or smallest) value is then the end, and what it
 * misses is taken from the other side.
 * @returns undefined where not even smallest and largest value hold the percentile with 95 %
 */
export function percentileRanks(n: number, share: number): Ranks | undefined {
  const key = `${n} ${share}`;
  if (!known.has(key)) {
    if (known.size >= mostKnown) known.clear();
    known.set(key, findRanks(n, share));
  }
  return known.get(key);
}

/** A report asks for the same few again and again. */
const known = new Map<string, Ranks | undefined>();
const mostKnown = 1000;

function findRanks(n: number, share: number): Ranks | undefined {
  if (share ** n + (1 - share) ** n > miss || n < 2) return undefined;
  const chances = binomial(n, share);
  let low = 0;
  for (let below = chances[0] as number; below <= miss / 2; below += chances[low] as number) low++;
  let high = n + 1;
  for (let above = chances[n] as number; above <= miss / 2; above += chances[high - 1] as number) high--;
  // An end that does not exist becomes the extreme value; the other one then has what is left of the 5 %.
  if (high > n) return { low: lowestFor(chances, miss - share ** n), high: n };
  if (low < 1) return { low: 1, high: n + 1 - lowestFor(chances.toReversed(), miss - (1 - share) ** n) };
  return { low, high };
}

/** The highest rank below which the percentile lies with at most this chance. */
function lowestFor(chances: Float64Array, most: number): number {
  let rank = 0;
  for (let below = chances[0] as number; below <= most; below += chances[rank] as number) rank++;
  return Math.max(1, rank);
}

/** Chances of 0 … n successes: from the most likely one outwards, so that nothing underflows where it matters. */
function binomial(n: number, share: number): Float64Array {
  const chances = new Float64Array(n + 1);
  const peak = Math.min(n, Math.floor((n + 1) * share));
  chances[peak] = 1;
  const odds = share / (1 - share);
  for (let k = peak; k < n; k++) chances[k + 1] = ((chances[k] as number) * odds * (n - k)) / (k + 1);
  for (let k = peak; k > 0; k--) chances[k - 1] = ((chances[k] as number) * k) / (odds * (n - k + 1));
  const sum = chances.reduce((total, chance) => total + chance, 0);
  return chances.map((chance) => chance / sum);
}

/** The fewest values that support a percentile: 6 for p50, 29 for p90, 59 for p95, 299 for p99. */
export function fewestFor(share: number): number {
  let n = 2;
  while (share ** n + (1 - share) ** n > miss) n++;
  return n;
}

/**
 * @param sorted ascending
 * @param units how many of the values are independent: repeats of a sample may all be equal, and then count as one
 * @returns undefined where so many values cannot support the percentile: it would be the largest in disguise
 */
export function percentileOf(sorted: ArrayLike<number>, share: number, units = sorted.length): Percentile | undefined {
  const ranks = percentileRanks(units, share);
  if (!ranks) return undefined;
  const repeats = sorted.length / units;
  return {
    value: quantileSorted(sorted, share),
    low: sorted[Math.floor((ranks.low - 1) * repeats)] as number,
    high: sorted[Math.ceil(ranks.high * repeats) - 1] as number,
  };
}
