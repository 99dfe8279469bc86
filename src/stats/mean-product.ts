/**
 * 95 % intervals of products and quotients of means over the same samples: seconds per correct answer is mean time over
 * mean score, and its ratio to the baseline's has four means. Bootstrap-t on the logarithm, never narrower than Student's t.
 */
import { studentQuantile } from './distributions.ts';
import { mean } from './moments.ts';
import { everyOf, type Interval, noInterval, type Random, resamplesFor, widened } from './paired-interval.ts';
import { quantileSorted } from './quantile.ts';

/** A mean and how it enters: 1 multiplies, −1 divides. */
export interface Factor {
  values: ArrayLike<number>;
  power: 1 | -1;
}

/**
 * Of ∏ mean(values)^power. All factors have one value a sample, in the same order; values are not negative.
 * @param confidence of the two-sided interval
 * @returns nulls where a mean is not above 0: a quotient by none does not exist
 */
export function meanProductInterval(factors: readonly Factor[], random: Random, confidence = 0.95): Interval {
  const n = factors[0]?.values.length ?? 0;
  const means = factors.map(({ values }) => mean(values));
  if (n === 0 || means.some((one) => !(one > 0))) return noInterval;
  const log = factors.reduce((sum, { power }, i) => sum + power * Math.log(means[i] as number), 0);
  if (n < 2) return { mean: Math.exp(log), low: null, high: null };
  // Relative to its mean, so that all factors weigh alike and equal samples give exact zeros.
  const columns = factors.map(({ values, power }, i) => ({
    power,
    values: relativeTo(means[i] as number, values),
  }));
  const error = Math.sqrt(squaresOf(columns, everyOf(n)).squares / (n - 1) / n);
  if (!(error > 1e-13)) return { mean: Math.exp(log), low: Math.exp(log), high: Math.exp(log) };
  const drawn = drawStudentised(columns, n, random);
  const student = studentQuantile((1 + confidence) / 2, n - 1);
  const tail = widened(student, n);
  const reach = (quantile: number) => (Number.isFinite(quantile) ? Math.max(student, quantile) : student);
  return {
    mean: Math.exp(log),
    low: Math.exp(log - error * reach(quantileSorted(drawn, 1 - tail))),
    high: Math.exp(log + error * reach(-quantileSorted(drawn, tail))),
  };
}

/** A loop: `Float64Array.from` walks an iterator, and took half the time of an interval. */
function relativeTo(mean: number, values: ArrayLike<number>): Float64Array {
  const relative = new Float64Array(values.length);
  for (let i = 0; i < values.length; i++) relative[i] = (values[i] as number) / mean - 1;
  return relative;
}

interface Column {
  power: 1 | -1;
  /** value / mean − 1 of each sample. */
  values: Float64Array;
}

/** How far the log of the product lies from that of all samples, and its sum of squared residuals (linearised). */
function squaresOf(columns: readonly Column[], picks: Int32Array): { deviation: number; squares: number } {
  const n = picks.length;
  let deviation = 0;
  const scales = columns.map(({ values, power }) => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += values[picks[i] as number] as number;
    const share = 1 + sum / n;
    deviation += power * Math.log(share);
    return power / share;
  });
  let [sum, squares] = [0, 0];
  for (let i = 0; i < n; i++) {
    let residual = 0;
    for (let c = 0; c < columns.length; c++)
      residual += (scales[c] as number) * (1 + ((columns[c] as Column).values[picks[i] as number] as number));
    sum += residual;
    squares += residual * residual;
  }
  return { deviation, squares: Math.max(0, squares - (sum * sum) / n) };
}

function drawStudentised(columns: readonly Column[], n: number, random: Random): Float64Array {
  const drawn = new Float64Array(resamplesFor(n));
  const picks = new Int32Array(n);
  for (let b = 0; b < drawn.length; b++) {
    for (let i = 0; i < n; i++) picks[i] = random() * n;
    const { deviation, squares } = squaresOf(columns, picks);
    // A resample without a single correct answer lies infinitely far off, on the side of its deviation.
    const isKnown = Number.isFinite(deviation) && squares > 1e-20;
    drawn[b] = isKnown ? deviation / Math.sqrt(squares / (n - 1) / n) : Math.sign(deviation) * Infinity || 0;
  }
  return drawn.sort();
}
