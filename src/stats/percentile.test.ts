import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../core/index.ts';
import { fewestFor, percentileOf, percentileRanks } from './percentile.ts';

/** Chance of k successes, with whole numbers: an oracle that shares nothing with the code. */
function chance(n: number, k: number, hundredths: number): number {
  let ways = 1n;
  for (let i = 0; i < k; i++) ways = (ways * BigInt(n - i)) / BigInt(i + 1);
  const parts = ways * BigInt(hundredths) ** BigInt(k) * BigInt(100 - hundredths) ** BigInt(n - k);
  return Number((parts * 10n ** 18n) / 100n ** BigInt(n)) / 1e18;
}

/** Chance that the percentile lies between two order statistics. */
function coverage(n: number, low: number, high: number, hundredths: number): number {
  let sum = 0;
  for (let k = low; k < high; k++) sum += chance(n, k, hundredths);
  return sum;
}

describe('percentiles', () => {
  it('need as many values as their 95 % interval does', () => {
    expect([0.5, 0.9, 0.95, 0.99].map(fewestFor)).toEqual([6, 29, 59, 299]);
    for (const share of [0.5, 0.9, 0.95, 0.99]) {
      const fewest = fewestFor(share);
      const values = (n: number) => Float64Array.from({ length: n }, (_, i) => i);
      expect(percentileOf(values(fewest - 1), share)).toBeUndefined();
      expect(percentileOf(values(fewest), share)?.high).toBe(fewest - 1);
    }
  });

  it('lie between their ends with 95 % at least, and no rank could be spared on both sides', () => {
    fc.assert(
      fc.property(fc.integer({ min: 6, max: 330 }), fc.constantFrom(1, 5, 10, 50, 90, 95, 99), (n, hundredths) => {
        const ranks = percentileRanks(n, hundredths / 100);
        const whole = coverage(n, 1, n, hundredths);
        if (!ranks) {
          expect(whole).toBeLessThan(0.95);
          return;
        }
        expect(coverage(n, ranks.low, ranks.high, hundredths)).toBeGreaterThanOrEqual(0.95 - 1e-9);
        expect(ranks.low).toBeGreaterThanOrEqual(1);
        expect(ranks.high).toBeLessThanOrEqual(n);
        if (ranks.low > 1 && ranks.high < n) {
          expect(coverage(n, 0, ranks.low + 1, hundredths)).toBeGreaterThan(0.025 - 1e-9);
          expect(coverage(n, ranks.high - 1, n + 1, hundredths)).toBeGreaterThan(0.025 - 1e-9);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('cover the true percentile of skewed values', () => {
    const random = createRandom(7);
    const truth = -Math.log(1 - 0.9);
    let covered = 0;
    for (let run = 0; run < 2000; run++) {
      const values = Float64Array.from({ length: 40 }, () => -Math.log(1 - random())).sort();
      const { low, high } = percentileOf(values, 0.9) as { low: number; high: number };
      if (low <= truth && truth <= high) covered++;
    }
    expect(covered / 2000).toBeGreaterThan(0.945);
  });

  it('count repeats of a sample as one, where they may all be equal', () => {
    const once = Float64Array.from({ length: 40 }, (_, i) => i);
    const thrice = Float64Array.from({ length: 120 }, (_, i) => Math.floor(i / 3));
    const { low, high } = percentileOf(once, 0.9) as { low: number; high: number };
    expect(percentileOf(thrice, 0.9, 40)).toMatchObject({ low, high });
    expect(
      percentileOf(
        Float64Array.from({ length: 120 }, (_, i) => i),
        0.95,
        12,
      ),
    ).toBeUndefined();
  });
});
