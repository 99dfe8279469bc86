import { describe, expect, it } from 'vitest';
import { chrf, corpusChrf } from './chrf.ts';

describe('chrF', () => {
  it('averages precision and recall over the orders both sides have, then takes F with β = 2', () => {
    // 'ab' and 'ac': one of two letters, none of one pair. P = R = (1/2 + 0)/2.
    expect(chrf('ab', 'ac')).toBeCloseTo(25, 10);
    // 'a' and 'ab': P = 1, R = 1/2 over the first order alone; F2 = 5PR/(4P + R).
    expect(chrf('a', 'ab')).toBeCloseTo((100 * 5 * 0.5) / 4.5, 10);
  });

  it('ignores whitespace; chrF++ sees words and splits their punctuation off', () => {
    expect(chrf('a b', 'ab')).toBeCloseTo(100, 10);
    expect(chrf('a b', 'ab', { wordOrder: 2 })).toBeLessThan(100);
    expect(chrf('yes, no', 'yes , no', { wordOrder: 2 })).toBeCloseTo(100, 10);
  });

  it('counts characters outside the basic plane as one', () => {
    expect(chrf('😀', '😀😀')).toBeCloseTo((100 * 5 * 0.5) / 4.5, 10);
  });

  it('a corpus sums counts, and an order its reference lacks does not count against it', () => {
    expect(
      corpusChrf([
        ['ab', 'ac'],
        ['ab', 'ac'],
      ]),
    ).toBeCloseTo(25, 10);
    expect(
      corpusChrf([
        ['abcd', 'a'],
        ['ab', 'ab'],
      ]),
    ).toBeCloseTo((5 * 75 * 100) / (4 * 75 + 100), 10);
    expect(corpusChrf([])).toBe(0);
  });
});
