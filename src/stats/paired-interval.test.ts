import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../core/index.ts';
import { noInterval, pairedIntervals } from './paired-interval.ts';

const f = (...values: number[]) => Float64Array.from(values);
const x = f(
  ...[3.1, 0.4, 1.9, 7.3, 0.2, 2.6, 1.1, 0.9, 4.8, 1.5, 12.2, 0.7],
  ...[2.2, 1.3, 0.6, 3.7, 5.5, 0.3, 1.0, 2.9, 8.4, 1.8, 0.5, 1.6],
);
const y = f(
  ...[2.9, 0.6, 2.4, 7.9, 0.3, 2.2, 1.6, 1.2, 4.1, 2.1, 9.6, 0.8],
  ...[2.9, 1.9, 0.5, 4.6, 6.8, 0.4, 1.1, 2.5, 9.9, 2.0, 0.9, 1.7],
);
const zeros = (n: number) => new Float64Array(n);
const intervals = (a: Float64Array, b: Float64Array, resamples?: number) =>
  pairedIntervals(a, b, createRandom(1), resamples);

/*
 * Reference: numpy 2.4.6, 1,000,000 resamples `i = default_rng(1).integers(0, 24, (B, 24))`, T = (θ* − θ)/se* and
 * np.quantile(T, [tail, 1 - tail]) with tail = norm.cdf(-sqrt(24/23) * t.ppf(.975, 23)) = 0.017294 (scipy 1.17.1);
 * se of a mean: std(ddof=1)/sqrt(n); of the log ratio: sqrt((sxx/mx² + syy/my² − 2 sxy/(mx my)) / n). A second seed
 * differs by up to 0.3 % of the half width, so 1.5 % is allowed for our 100,000.
 */
const near = (found: number | null, wanted: number, halfWidth: number) =>
  expect(Math.abs((found as number) - wanted)).toBeLessThan(0.015 * halfWidth);

describe('pairedIntervals against the reference', () => {
  it('takes the bootstrap-t end where it is wider, and the Student end where that is', () => {
    const { difference } = intervals(x, zeros(24), 100_000);
    expect(difference.mean).toBeCloseTo(2.7708333, 6);
    expect(difference.low).toBeCloseTo(1.5169939764, 8); // Student; bootstrap-t has 1.695
    near(difference.high, 5.0, 2.23); // bootstrap-t; Student has 4.025
  });
  it('does so for paired differences', () => {
    const { difference } = intervals(x, y, 100_000);
    expect(difference.low).toBeCloseTo(-0.5129353063, 8); // Student; bootstrap-t has -0.467
    near(difference.high, 0.2724, 0.456);
  });
  it('does so for the ratio of means', () => {
    const { ratio } = intervals(x, y, 100_000);
    expect(ratio.mean).toBeCloseTo(Math.exp(-0.06406848587), 9);
    near(Math.log(ratio.low as number), -0.1901, 0.126); // Student has -0.1873
    near(Math.log(ratio.high as number), 0.1919, 0.256); // Student has 0.0592
  });
});

describe('pairedIntervals at the edges', () => {
  it('has nothing to say about nothing, and no interval for one pair', () => {
    expect(intervals(f(), f())).toEqual({ difference: noInterval, ratio: noInterval });
    expect(intervals(f(3), f(2))).toEqual({
      difference: { mean: 1, low: null, high: null },
      ratio: { mean: 1.5, low: null, high: null },
    });
  });
  it('falls back to Student for two pairs', () => {
    const { difference } = intervals(f(1, 3), f(0, 0));
    expect(difference.high).toBeCloseTo(2 + 12.706204736, 6); // t₀.₉₇₅ with one degree of freedom, se = 1
  });
  it('has width 0 where every pair differs alike, whatever the rounding', () => {
    const base = f(0.1, 0.7, 1.3, 2.9, 1e3);
    const { difference, ratio } = intervals(base, base);
    expect(difference).toEqual({ mean: 0, low: 0, high: 0 });
    expect(ratio).toEqual({ mean: 1, low: 1, high: 1 });
    const shifted = intervals(
      base.map((value) => value + 0.3),
      base,
    ).difference;
    expect([shifted.low, shifted.high]).toEqual([shifted.mean, shifted.mean]);
    const scaled = intervals(
      base.map((value) => value * 1.1),
      base,
    ).ratio;
    expect([scaled.low, scaled.high]).toEqual([scaled.mean, scaled.mean]);
  });
  it('has no ratio to a baseline of 0, and none of values below 0', () => {
    expect(intervals(f(1, 2, 3), zeros(3)).ratio).toEqual(noInterval);
    expect(intervals(zeros(3), f(1, 2, 3)).ratio).toEqual(noInterval);
    expect(intervals(f(-1, 2, 3), f(1, 2, 3)).ratio).toEqual(noInterval);
  });
  it('does not let a resample without spread make an end infinite', () => {
    const { difference } = intervals(f(1, 0, 0, 0, 0, 0, 0, 0), zeros(8));
    expect(Number.isFinite(difference.low)).toBe(true);
    expect(Number.isFinite(difference.high)).toBe(true);
  });
});

describe('pairedIntervals in general', () => {
  const pairsWithin = (min: number, max: number, minLength: number) => {
    const value = fc.double({ min, max, noNaN: true });
    return fc.array(fc.tuple(value, value), { minLength, maxLength: 30 });
  };
  const columns = (rows: [number, number][]) => [f(...rows.map(([a]) => a)), f(...rows.map(([, b]) => b))] as const;

  it('holds its estimate, and every end is a number or null', () => {
    fc.assert(
      fc.property(pairsWithin(0, 1e6, 2), (rows) => {
        const { difference, ratio } = intervals(...columns(rows), 200);
        for (const { mean, low, high } of [difference, ratio]) {
          expect([mean, low, high].filter(Number.isNaN)).toEqual([]);
          if (low !== null) expect(low).toBeLessThanOrEqual(mean as number);
          if (high !== null) expect(high).toBeGreaterThanOrEqual(mean as number);
        }
      }),
      { numRuns: 100 },
    );
  });
  it('turns round when policy and baseline change places', () => {
    fc.assert(
      fc.property(pairsWithin(0.5, 2, 8), (rows) => {
        const [a, b] = columns(rows);
        const there = intervals(a, b, 200);
        const back = intervals(b, a, 200);
        expect(back.difference.low).toBeCloseTo(-(there.difference.high as number), 6);
        expect((back.ratio.low as number) * (there.ratio.high as number)).toBeCloseTo(1, 6);
      }),
      { numRuns: 50 },
    );
  });
  it('does not depend on the unit', () => {
    fc.assert(
      fc.property(pairsWithin(0.01, 1e4, 3), (rows) => {
        const [a, b] = columns(rows);
        const scaled = intervals(
          a.map((value) => value * 1024),
          b.map((value) => value * 1024),
          200,
        );
        const plain = intervals(a, b, 200);
        expect(scaled.ratio).toEqual(plain.ratio);
        expect((scaled.difference.low as number) / 1024).toBeCloseTo(plain.difference.low as number, 6);
      }),
      { numRuns: 50 },
    );
  });
});
