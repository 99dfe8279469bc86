/**
 * 95 % intervals of the difference and of the ratio of two paired means: bootstrap-t, never narrower at either end
 * than Student's t. Why this one and not BCa: the table in docs/statistics.md.
 */
import { studentQuantile } from './distributions.ts';
import { mean } from './moments.ts';
import { quantileSorted } from './quantile.ts';

/** Uniform numbers in [0, 1). */
export type Random = () => number;

/** An estimate and its 95 % interval; null where it does not exist (JSON knows no infinity). */
export interface Interval {
  mean: number | null;
  low: number | null;
  high: number | null;
}

export const noInterval: Interval = { mean: null, low: null, high: null };

export interface PairedIntervals {
  difference: Interval;
  /** Ratio of the means; missing unless every value is ≥ 0 and both means are > 0. */
  ratio: Interval;
}

/** Draws beyond this many are not worth their time: about 10 ms a comparison. */
const budget = 1_000_000;
/** From here on the bootstrap adds nothing that Student's t does not have. */
const largeSample = 5000;
export const resamplesFor = (n: number, most = 2000) =>
  n < 3 || n > largeSample ? 0 : Math.min(most, Math.max(500, Math.floor(budget / n)));

/**
 * Intervals of mean(values) − mean(baseline) and mean(values) / mean(baseline) for paired, finite values.
 * One value per independent unit (sample), so repeats must be averaged before.
 */
export function pairedIntervals(
  values: Float64Array,
  baseline: Float64Array,
  random: Random,
  resamples: number = resamplesFor(values.length),
): PairedIntervals {
  const n = values.length;
  if (n === 0) return { difference: noInterval, ratio: noInterval };
  const point = estimate(values, baseline);
  const drawn = drawStudentised(values, baseline, point, random, resamples);
  const difference = interval(point.difference, point.differenceError, n, drawn.difference);
  if (!isRatio(values, baseline, point)) return { difference, ratio: noInterval };
  const ratio = interval(point.logRatio, point.logRatioError, n, drawn.logRatio);
  return { difference, ratio: mapInterval(ratio, Math.exp) };
}

interface Estimate {
  difference: number;
  /** Standard error of the difference of means. */
  differenceError: number;
  logRatio: number;
  /** Standard error of the log ratio by linearisation: of the mean of x/x̄ − y/ȳ. */
  logRatioError: number;
}

function estimate(x: Float64Array, y: Float64Array): Estimate {
  const n = x.length;
  const meanX = mean(x);
  const meanY = mean(y);
  const difference = meanX - meanY;
  let squares = 0;
  let relativeSquares = 0;
  for (let i = 0; i < n; i++) {
    const xi = x[i] as number;
    const yi = y[i] as number;
    squares += (xi - yi - difference) ** 2;
    relativeSquares += (xi / meanX - yi / meanY) ** 2;
  }
  // Differences that are equal but for rounding have no spread: an ulp must not become a standard error.
  const dust = n * (1e-13 * (Math.abs(meanX) + Math.abs(meanY))) ** 2;
  return {
    difference,
    differenceError: squares <= dust ? 0 : Math.sqrt(squares / (n - 1) / n),
    logRatio: Math.log(meanX / meanY),
    logRatioError: relativeSquares <= n * 1e-25 ? 0 : Math.sqrt(relativeSquares / (n - 1) / n),
  };
}

function isRatio(x: Float64Array, y: Float64Array, point: Estimate): boolean {
  return Number.isFinite(point.logRatio) && x.every((value) => value >= 0) && y.every((value) => value >= 0);
}

/** Studentised deviations (θ* − θ)/se* of resampled pairs, ascending; those without spread sit at ±∞. */
function drawStudentised(x: Float64Array, y: Float64Array, point: Estimate, random: Random, resamples: number) {
  const n = x.length;
  const difference = new Float64Array(resamples);
  const logRatio = new Float64Array(resamples);
  const drawnX = new Float64Array(n);
  const drawnY = new Float64Array(n);
  for (let b = 0; b < resamples; b++) {
    for (let i = 0; i < n; i++) {
      const pick = Math.floor(random() * n);
      drawnX[i] = x[pick] as number;
      drawnY[i] = y[pick] as number;
    }
    const again = estimate(drawnX, drawnY);
    difference[b] = studentised(again.difference - point.difference, again.differenceError);
    logRatio[b] = studentised(again.logRatio - point.logRatio, again.logRatioError);
  }
  return { difference: difference.sort(), logRatio: logRatio.sort() };
}

function studentised(deviation: number, error: number): number {
  if (error > 0) return deviation / error;
  return Math.abs(deviation) < 1e-12 ? 0 : deviation * Number.POSITIVE_INFINITY;
}

/** The wider end of bootstrap-t and Student's t on each side; where resamples without spread reach it, Student's. */
function interval(centre: number, error: number, n: number, drawn: Float64Array): Interval {
  if (n < 2) return { mean: centre, low: null, high: null };
  if (error === 0) return { mean: centre, low: centre, high: centre };
  const student = studentQuantile(0.975, n - 1);
  const reach = (quantile: number) => (Number.isFinite(quantile) ? Math.max(student, quantile) : student);
  return {
    mean: centre,
    low: centre - error * reach(quantileSorted(drawn, 0.975)),
    high: centre + error * reach(-quantileSorted(drawn, 0.025)),
  };
}

function mapInterval(from: Interval, map: (value: number) => number): Interval {
  const each = (value: number | null) => (value === null ? null : map(value));
  return { mean: each(from.mean), low: each(from.low), high: each(from.high) };
}
