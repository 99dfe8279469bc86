import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bleuTokens, corpusBleu, sentenceBleu } from './bleu.ts';

describe('BLEU', () => {
  it('clips unigrams (Papineni et al. 2002, example 2)', () => {
    const { precisions } = sentenceBleu('the the the the the the the', 'the cat is on the mat');
    expect(precisions[0]).toBeCloseTo((100 * 2) / 7, 10);
  });

  it('is the geometric mean of the precisions, times the penalty for a short text', () => {
    // 5 of 5 words, 4 of 4 pairs, 3 of 3, 2 of 2; the reference has one word more.
    const score = sentenceBleu('a b c d e', 'a b c d e f');
    expect(score.precisions.map(Math.round)).toEqual([100, 100, 100, 100]);
    expect(score.brevityPenalty).toBeCloseTo(Math.exp(-1 / 5), 12);
    expect(score.bleu).toBeCloseTo(100 * Math.exp(-1 / 5), 10);
  });

  it('smooths exponentially: the k-th order without a match counts 1/2^k', () => {
    // one common word of 4; no pair of 3, no triple of 2, no four of 1
    const { precisions } = sentenceBleu('a x y z', 'a b c d');
    expect(precisions).toEqual([25, 100 / (2 * 3), 100 / (4 * 2), 100 / 8]);
  });

  it('scores a text of fewer than four tokens 0, unless only the orders it has count', () => {
    expect(sentenceBleu('Order shipped', 'Order shipped').bleu).toBe(0);
    expect(sentenceBleu('Order shipped', 'Order shipped', { effectiveOrder: true }).bleu).toBeCloseTo(100, 10);
  });

  it('tokenises as mteval-v13a', () => {
    expect(bleuTokens("It's $1,299.50 (incl. VAT), 3-4 days; e-mail me.")).toEqual(
      "It's $ 1,299.50 ( incl . VAT ) , 3 - 4 days ; e-mail me .".split(' '),
    );
    expect(bleuTokens('a &lt;b&gt; &quot;c&quot; &amp;amp;')).toEqual([
      'a',
      '<',
      'b',
      '>',
      '"',
      'c',
      '"',
      '&',
      'amp',
      ';',
    ]);
  });

  it('a corpus sums counts: it is not the mean of its sentences', () => {
    const pairs = [
      ['a b c d', 'a b c d'],
      ['x', 'y'],
    ] as const;
    const { precisions, predictedLength } = corpusBleu(pairs);
    expect(precisions[0]).toBeCloseTo(80, 10);
    expect(predictedLength).toBe(5);
    expect(corpusBleu([]).bleu).toBe(0);
  });

  it('gives 100 to an identical text of four tokens or more', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z]{1,8}$/), { minLength: 4, maxLength: 60 }), (words) => {
        expect(sentenceBleu(words.join(' '), words.join(' ')).bleu).toBeCloseTo(100, 8);
      }),
    );
  });
});
