import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../core/index.ts';
import { exactLimit, signFlipP } from './sign-flip.ts';

const p = (differences: number[]) => signFlipP(differences, createRandom(1));

/** All 2ⁿ sign vectors, one after the other. */
function counted(differences: readonly number[]): number {
  const seen = Math.abs(differences.reduce((sum, value) => sum + value, 0));
  let extreme = 0;
  for (let signs = 0; signs < 2 ** differences.length; signs++) {
    const sum = differences.reduce((total, value, i) => total + ((signs >> i) & 1 ? value : -value), 0);
    if (Math.abs(sum) >= seen) extreme++;
  }
  return extreme / 2 ** differences.length;
}

describe('signFlipP', () => {
  /*
   * Reference: scipy 1.17.1, `stats.permutation_test((d,), np.sum, permutation_type='samples', n_resamples=np.inf)`;
   * for the second its Monte Carlo (200,000 draws) has 0.02618, and counting all sums of the integers 0.026518.
   */
  it('agrees with the reference where all sign vectors are counted', () => {
    expect(p([1.2, -0.4, 0.9, 2.3, -1.1, 0.6, 1.7, 0.2, -0.3, 1.5])).toBe(0.08984375);
    const wide = [12, -3, 5, 8, -2, 7, 1, -4, 9, 3, 6, -1, 2, 11, -5, 4, 10, -6, 13, 0, 14, -7, 15, -8];
    expect(p(wide)).toBeCloseTo(0.02651834487915039, 14);
  });
  it('counts right for any whole numbers, ties and zeros included', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -4, max: 4 }), { minLength: 1, maxLength: 9 }), (differences) => {
        expect(p(differences)).toBe(counted(differences));
      }),
    );
  });
  it('treats sums that differ by rounding as ties', () => {
    expect(p([0.1, 0.2, 0.3, -0.6, 0.1, 0.2])).toBe(p([1, 2, 3, -6, 1, 2]));
  });
  it('gives nearly the same p by Monte Carlo as by counting', () => {
    const random = createRandom(5);
    const differences = Array.from({ length: exactLimit }, () => random() - 0.38);
    // A difference that changes no sum to speak of, and the count is one too high to be exact.
    const sampled = p([...differences, 1e-9]);
    expect(Math.abs(sampled - p(differences))).toBeLessThan(0.012);
    expect(sampled).not.toBe(p(differences));
  });
  it('agrees with the reference for a larger sample', () => {
    // scipy as above with 400,000 draws: 0.72794.
    const d = [
      ...[0.251, 0.549, -0.024, -0.641, -0.205, -0.742, 0.31, 1.59, -0.242, -0.37, 0.74, 0.607, 0.355, -0.68, 0.221],
      ...[0.945, -1.094, -0.208, -1.651, -1.04, -1.592, 0.015, -1.017, 0.521, 0.407, 0.063, -2.267, -0.289, 0.201],
      ...[0.363, -1.28, -0.228, -0.729, -0.559, 1.311, -0.558, 0.217, 1.134, -0.334, 0.138, 0.36, 0.314, -0.975],
      ...[0.326, 1.609, -1.297, 1.109, 0.369, -0.391, 2.25, 1.012, -0.949, 0.325, 0.827, 0.061, 0.933, 0.183, 0.917],
      ...[1.689, -0.426],
    ];
    expect(Math.abs(p(d) - 0.72794)).toBeLessThan(0.015);
  });
  it('is 1 where nothing differs and 2/2ⁿ where all differ one way', () => {
    expect([p([]), p([0, 0, 0]), p([1, -1])]).toEqual([1, 1, 1]);
    expect([p([3, 3, 3, 3, 3]), p([1, 2, 3, 4, 5, 6])]).toEqual([2 / 32, 2 / 64]);
  });
  it('never gives 0, however large the sample', () => {
    expect(p(Array.from({ length: 3000 }, () => 1))).toBeGreaterThan(0);
  });
  it('draws no signs where none can come as far, and all of them where one could', () => {
    /** Of a thousand differences of ±1 so many are +1. */
    const drawn = (plus: number) => {
      const seeded = createRandom(1);
      let calls = 0;
      const found = signFlipP(
        Array.from({ length: 1000 }, (_, i) => (i < plus ? 1 : -1)),
        () => {
          calls++;
          return seeded();
        },
      );
      return { found, calls };
    };
    // 643: 9 standard deviations, which one of 10¹⁸ sign vectors reaches. 595: 6, which one of 10⁹ does.
    expect(drawn(643)).toEqual({ found: 1 / 10_000, calls: 0 });
    expect(drawn(595)).toEqual({ found: 1 / 10_000, calls: 9999 * 32 });
  });
});
