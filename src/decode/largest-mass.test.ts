import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { entropyOf, largest, largestShare } from './largest-mass.ts';

const scores = fc.array(fc.float({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 60 });
const share = fc.double({ min: 0.01, max: 0.999, noNaN: true });
const massOf = (values: readonly number[], kept: readonly number[]) =>
  kept.reduce((sum, index) => sum + (values[index] as number), 0);

describe('largestShare', () => {
  it('of .5 .3 .15 .05: three hold .9, two .8 in spite of rounding, all hold 1', () => {
    const values = [0.5, 0.3, 0.15, 0.05];
    expect(largestShare(values, 0.9)).toEqual([0, 1, 2]);
    expect(largestShare(values, 0.8)).toEqual([0, 1]);
    expect(largestShare(values, 1)).toEqual([0, 1, 2, 3]);
  });

  it('keeps ⌈.9 n⌉ of n equal scores, the first ones', () => {
    for (const n of [1, 7, 10, 33])
      expect(largestShare(new Array(n).fill(0.25), 0.9)).toEqual(
        Array.from({ length: Math.ceil(0.9 * n) }, (_, i) => i),
      );
  });

  it('keeps at least what it is told, ties by index, and everything where there is no mass', () => {
    expect(largestShare([9, 0, 0, 1, 0], 0.5, 3)).toEqual([0, 1, 3]);
    expect(largestShare([0, 0, 0], 0.5)).toEqual([0, 1, 2]);
    expect(largestShare([Number.NaN, 1, Number.NEGATIVE_INFINITY], 0.9)).toEqual([1]);
    expect(largestShare([], 0.9, 10)).toEqual([]);
  });

  it('holds the share, and one token less would not', () => {
    fc.assert(
      fc.property(scores, share, (values, p) => {
        const kept = largestShare(values, p);
        const total = massOf(values, [...values.keys()]);
        if (total === 0) return;
        const mass = massOf(values, kept);
        expect(mass).toBeGreaterThanOrEqual(p * total * (1 - 1e-8));
        const least = Math.min(...kept.map((index) => values[index] as number));
        expect(mass - least).toBeLessThan(p * total * (1 + 1e-8));
        // None outside is larger than one inside.
        const outside = values.filter((_, index) => !kept.includes(index));
        for (const value of outside) expect(value).toBeLessThanOrEqual(least);
      }),
    );
  });

  it('is monotone in the share and in the least count', () => {
    fc.assert(
      fc.property(scores, share, share, fc.nat(20), (values, a, b, least) => {
        const [less, more] = [Math.min(a, b), Math.max(a, b)];
        expect(largestShare(values, more, least)).toEqual(expect.arrayContaining(largestShare(values, less, least)));
        expect(largestShare(values, less, least)).toEqual(expect.arrayContaining(largestShare(values, less)));
      }),
    );
  });
});

describe('largest', () => {
  it('takes the largest, the lower index on ties, in ascending order', () => {
    expect(largest([1, 3, 2, 3, 0], 3)).toEqual([1, 2, 3]);
    expect(largest([1, 1, 1], 2)).toEqual([0, 1]);
    expect(largest([1], 5)).toEqual([0]);
  });
});

describe('entropyOf', () => {
  it('is ln n for n equal scores, 0 for a single one, whatever they sum to', () => {
    expect(entropyOf(new Array(8).fill(3))).toBeCloseTo(2.0794, 4);
    expect(entropyOf(new Array(7).fill(0.1))).toBeCloseTo(1.9459, 4);
    expect(entropyOf([0, 5, 0])).toBe(0);
    expect(entropyOf([])).toBe(0);
  });

  it('lies between 0 and ln n', () => {
    fc.assert(
      fc.property(scores, (values) => {
        const nats = entropyOf(values);
        expect(nats).toBeGreaterThanOrEqual(0);
        expect(nats).toBeLessThanOrEqual(Math.log(values.length) + 1e-9);
      }),
    );
  });
});
