import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchGrams, prepareGrams } from './gram-matches.ts';
import { countItems, multisetOverlap, nGrams } from './precision-recall.ts';

const tokens = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 40 });

describe('matching of n-grams', () => {
  it('counts the multiset intersection by hand', () => {
    expect(matchGrams(['a', 'b', 'a', 'b'], ['a', 'b', 'b'], 3)).toEqual([
      { predicted: 4, expected: 3, matched: 3 },
      { predicted: 3, expected: 2, matched: 1 },
      { predicted: 2, expected: 1, matched: 0 },
    ]);
  });

  it('of one reference serves many predictions, however many grams it has', () => {
    const words = (seed: number) => Array.from({ length: 3000 }, (_, i) => `w${(i * i * seed + i) % 2003}`);
    const match = prepareGrams(words(3), 6);
    for (const prediction of [words(3), words(5), [], words(3).slice(100)])
      expect(match(prediction)).toEqual(matchGrams(prediction, words(3), 6));
    expect(match(words(3)).map(({ matched }) => matched)).toEqual([3000, 2999, 2998, 2997, 2996, 2995]);
  });

  it('agrees with counting the grams as texts', () => {
    fc.assert(
      fc.property(tokens, tokens, (a, b) => {
        matchGrams(a, b, 5).forEach((counts, index) => {
          const [left, right] = [nGrams(a, index + 1), nGrams(b, index + 1)];
          const matched = multisetOverlap(countItems(left), countItems(right));
          expect(counts).toEqual({ predicted: left.length, expected: right.length, matched });
        });
      }),
    );
  });
});
