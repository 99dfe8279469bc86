import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  apportion,
  cosineOverLayers,
  cosineOverSteps,
  fixedBudget,
  halfCosine,
  layerShares,
  slotsNeeded,
  staticBudget,
} from './kv-budget.ts';

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const rounded = (values: readonly number[], digits: number) => values.map((value) => Number(value.toFixed(digits)));
const ratios = fc
  .tuple(fc.double({ min: 0.05, max: 1, noNaN: true }), fc.double({ min: 0.05, max: 1, noNaN: true }))
  .map(([a, b]) => [Math.max(a, b), Math.min(a, b)] as const);

describe('layerShares', () => {
  it('falls from the first to the last value by half a cosine', () => {
    expect(rounded(layerShares(1, 0.6, 5), 5)).toEqual([1, 0.94142, 0.8, 0.65858, 0.6]);
  });

  it('is the mean for one layer', () => {
    expect(layerShares(1, 0.6, 1)).toEqual([0.8]);
  });

  it('starts and ends exactly, falls, and has the mean of both ends', () => {
    fc.assert(
      fc.property(ratios, fc.integer({ min: 2, max: 80 }), ([first, last], layers) => {
        const shares = layerShares(first, last, layers);
        expect([shares[0], shares.at(-1)]).toEqual([first, last]);
        for (let layer = 1; layer < layers; layer++) {
          expect(shares[layer]).toBeLessThanOrEqual((shares[layer - 1] as number) + 1e-12);
        }
        expect(sum(shares) / layers).toBeCloseTo((first + last) / 2, 9);
      }),
    );
  });
});

describe('halfCosine over steps', () => {
  it('of 100 to 20 in four steps', () => {
    const steps = [0, 1, 2, 3, 4, 5, 99].map((step) => halfCosine(100, 20, step, 4));
    expect(rounded(steps, 2)).toEqual([100, 88.28, 60, 31.72, 20, 20, 20]);
  });

  it('without steps is the first value, then the last', () => {
    expect([halfCosine(9, 3, 0, 0), halfCosine(9, 3, 1, 0)]).toEqual([9, 3]);
  });
});

describe('apportion', () => {
  it('gives what is left to the largest remainders, the earlier one on ties, and around again', () => {
    expect(apportion([5, 3, 2], 10)).toEqual([5, 3, 2]);
    expect(apportion([3.4, 3.3, 3.3], 10)).toEqual([4, 3, 3]);
    expect(apportion([2.5, 1.5, 0.2], 5)).toEqual([3, 2, 0]);
    expect(apportion([2.5, 1.5, 0.2], 7)).toEqual([4, 2, 1]);
  });

  it('gives none more than the most', () => {
    expect(apportion([4, 3.5, 2.1], 11, 4)).toEqual([4, 4, 3]);
    expect(apportion([4, 4], 8, 4)).toEqual([4, 4]);
  });

  it('sums exactly, stays near each quota, and keeps the order of the quotas', () => {
    const quotas = fc.array(fc.double({ min: 0, max: 500, noNaN: true }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(quotas, fc.nat(40), (unsorted, extra) => {
        const sorted = unsorted.sort((a, b) => b - a);
        const total = sum(sorted.map((quota) => Math.floor(quota + 1e-9))) + Math.min(extra, sorted.length);
        const seats = apportion(sorted, total);
        expect(sum(seats)).toBe(total);
        seats.forEach((count, at) => {
          expect(Math.abs(count - (sorted[at] as number))).toBeLessThan(1 + 1e-6);
          if (at > 0) expect(count).toBeLessThanOrEqual(seats[at - 1] as number);
        });
      }),
    );
  });
});

describe('budgets', () => {
  it('static is ⌈ratio · tokens⌉, not one more for a sum that ends a hair above', () => {
    expect(staticBudget(0.8, 3)(105, 0)).toEqual([84, 84, 84]);
    expect(staticBudget(0.7, 1)(10, 0)).toEqual([7]);
    expect(staticBudget(0.8, 2)(101, 0)).toEqual([81, 81]);
    expect(staticBudget(1, 1)(101, 7)).toEqual([101]);
  });

  it('cosine over 32 layers and 1000 tokens sums to 25,600', () => {
    expect(sum(cosineOverLayers(1, 0.6, 32)(1000, 0))).toBe(25_600);
  });

  it('cosine over layers has the static total of its mean, slot by slot, for every length', () => {
    fc.assert(
      fc.property(
        ratios,
        fc.integer({ min: 1, max: 64 }),
        fc.integer({ min: 1, max: 3000 }),
        (pair, layers, tokens) => {
          const spread = cosineOverLayers(pair[0], pair[1], layers)(tokens, 0);
          expect(sum(spread)).toBe(sum(staticBudget((pair[0] + pair[1]) / 2, layers)(tokens, 0)));
          expect(Math.max(...spread)).toBeLessThanOrEqual(tokens);
          expect([...spread].sort((a, b) => b - a)).toEqual(spread);
        },
      ),
    );
  });

  it('cosine with equal ends is the static budget', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.05, max: 1, noNaN: true }),
        fc.integer({ min: 1, max: 2000 }),
        fc.nat(300),
        (ratio, tokens, step) => {
          const same = staticBudget(ratio, 7)(tokens, step);
          expect(cosineOverLayers(ratio, ratio, 7)(tokens, step)).toEqual(same);
          expect(cosineOverSteps(ratio, ratio, 7, 50)(tokens, step)).toEqual(same);
        },
      ),
    );
  });
});

describe('slotsNeeded', () => {
  it('is the prompt, or what a step holds beside the token it adds', () => {
    expect(slotsNeeded(staticBudget(0.8, 2), 100, 10)).toBe(100);
    // Before the last pass 148 tokens were run; 119 of them are held, and one comes.
    expect(slotsNeeded(staticBudget(0.8, 2), 100, 50)).toBe(120);
    expect(slotsNeeded(fixedBudget(30, 2), 20, 50)).toBe(31);
    expect(slotsNeeded(cosineOverLayers(1, 0.6, 4), 100, 50)).toBe(149);
    expect(slotsNeeded(staticBudget(1, 1), 100, 0)).toBe(100);
  });
});
