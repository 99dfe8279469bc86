/**
 * 95 % intervals of the difference and of the ratio of two means that share no samples: bootstrap-t over both sides, never
 * narrower than Welch's t. Wider than paired ones, because the samples themselves differ.
 */
import { studentQuantile } from './distributions.ts';
import { mean, standardDeviation } from './moments.ts';
import {
  type Interval,
  noInterval,
  type PairedIntervals,
  type Random,
  resamplesFor,
  widened,
} from './paired-interval.ts';
import { quantileSorted } from './quantile.ts';

interface Side {
  mean: number;
  /** Square of the standard error. */
  variance: number;
  n: number;
}

const sideOf = (values: ArrayLike<number>): Side => ({
  mean: mean(values),
  variance: values.length < 2 ? 0 : standardDeviation(values) ** 2 / values.length,
  n: values.length,
});

/** Degrees of freedom of a sum of two estimated variances (Welch and Satterthwaite), rounded down. */
function freedomOf(a: number, n: number, b: number, m: number): number {
  const parts = a ** 2 / Math.max(1, n - 1) + b ** 2 / Math.max(1, m - 1);
  return Math.max(1, Math.floor(parts > 0 ? (a + b) ** 2 / parts : n + m - 2));
}

/** @param confidence of the two-sided intervals */
export function unpairedIntervals(
  values: Float64Array,
  baseline: Float64Array,
  random: Random,
  confidence = 0.95,
): PairedIntervals {
  if (values.length === 0 || baseline.length === 0) return { difference: noInterval, ratio: noInterval };
  const [own, theirs] = [sideOf(values), sideOf(baseline)];
  const isRatio = own.mean > 0 && theirs.mean > 0 && [values, baseline].every((side) => side.every((one) => one >= 0));
  const seen = { difference: own.mean - theirs.mean, log: Math.log(own.mean / theirs.mean) };
  const errors = {
    difference: Math.sqrt(own.variance + theirs.variance),
    log: Math.sqrt(own.variance / own.mean ** 2 + theirs.variance / theirs.mean ** 2),
  };
  const drawn = { difference: [] as number[], log: [] as number[] };
  for (let b = 0; b < resamplesFor(Math.min(values.length, baseline.length)); b++) {
    const [x, y] = [sideOf(resample(values, random)), sideOf(resample(baseline, random))];
    drawn.difference.push(studentised(x.mean - y.mean - seen.difference, Math.sqrt(x.variance + y.variance)));
    if (isRatio) {
      const error = Math.sqrt(x.variance / x.mean ** 2 + y.variance / y.mean ** 2);
      drawn.log.push(studentised(Math.log(x.mean / y.mean) - seen.log, error));
    }
  }
  const n = Math.min(values.length, baseline.length);
  const [a, c] = [own.variance, theirs.variance];
  const freedom = {
    difference: freedomOf(a, own.n, c, theirs.n),
    log: freedomOf(a / own.mean ** 2, own.n, c / theirs.mean ** 2, theirs.n),
  };
  const of = (name: 'difference' | 'log') =>
    intervalOf(seen[name], errors[name], n, Float64Array.from(drawn[name]).sort(), freedom[name], confidence);
  return { difference: of('difference'), ratio: isRatio ? exponential(of('log')) : noInterval };
}

function resample(values: Float64Array, random: Random): Float64Array {
  const drawn = new Float64Array(values.length);
  for (let i = 0; i < values.length; i++) drawn[i] = values[Math.floor(random() * values.length)] as number;
  return drawn;
}

function studentised(deviation: number, error: number): number {
  if (error > 0 && Number.isFinite(deviation)) return deviation / error;
  return Math.abs(deviation) < 1e-12 || Number.isNaN(deviation) ? 0 : Math.sign(deviation) * Infinity;
}

function intervalOf(
  centre: number,
  error: number,
  n: number,
  drawn: Float64Array,
  freedom: number,
  confidence: number,
): Interval {
  if (n < 2) return { mean: centre, low: null, high: null };
  if (!(error > 0)) return { mean: centre, low: centre, high: centre };
  const student = studentQuantile((1 + confidence) / 2, freedom);
  const tail = widened(student, n);
  const reach = (quantile: number) => (Number.isFinite(quantile) ? Math.max(student, quantile) : student);
  return {
    mean: centre,
    low: centre - error * reach(quantileSorted(drawn, 1 - tail)),
    high: centre + error * reach(-quantileSorted(drawn, tail)),
  };
}

const exponential = ({ mean: centre, low, high }: Interval): Interval => ({
  mean: centre === null ? null : Math.exp(centre),
  low: low === null ? null : Math.exp(low),
  high: high === null ? null : Math.exp(high),
});
