import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { breakEvenAcceptance, priceOf } from './break-even.ts';

describe('priceOf', () => {
  const prices = { 1: 8, 2: 12, 4: 20, 8: 24 };

  it('is what was measured, or lies on the line between', () => {
    expect([1, 2, 3, 4, 6, 8].map((rows) => priceOf(prices, rows))).toEqual([8, 12, 16, 20, 22, 24]);
  });

  it('goes on after the largest measured pass as before it', () => {
    expect(priceOf(prices, 12)).toBe(28);
  });

  it('refuses to guess from one pass', () => {
    expect(() => priceOf({ 1: 8 }, 2)).toThrow(RangeError);
  });
});

describe('breakEvenAcceptance', () => {
  it('asks for every draft where k rows cost k times one, and for none where they cost the same', () => {
    expect(breakEvenAcceptance({ 1: 5, 5: 25 }, 4)).toBe(1);
    expect(breakEvenAcceptance({ 1: 5, 5: 5 }, 4)).toBe(0);
    expect(breakEvenAcceptance({ 1: 5, 5: 30 }, 4)).toBeGreaterThan(1);
  });

  // What the share means: with it, a pass costs as much per token as decoding one by one.
  it('makes the price of a token the same both ways', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.1, max: 100, noNaN: true }),
        fc.double({ min: 1, max: 20, noNaN: true }),
        fc.integer({ min: 1, max: 15 }),
        (one, factor, drafts) => {
          const prices = { 1: one, [1 + drafts]: one * factor };
          const tokens = 1 + breakEvenAcceptance(prices, drafts) * drafts;
          expect((one * factor) / tokens).toBeCloseTo(one, 6);
        },
      ),
    );
  });
});
