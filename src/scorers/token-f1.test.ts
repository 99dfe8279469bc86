import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exactMatch, normalisedMatch } from './exact-match.ts';
import { normaliseAnswer } from './normalise-answer.ts';
import { tokenF1 } from './token-f1.ts';

describe('normalisation of answers', () => {
  it.each([
    ['The Quick_brown fox!', 'quick brown fox'],
    ['An apple; a day', 'apple day'],
    ['theatre, another', 'theatre another'],
    ["the customer's ‘choice’", 'customer s choice'],
    ['“quoted” – dash', '“quoted” – dash'],
    ['“the” end', '“ ” end'],
    ['\u00a0tab\tline\n', 'tab line'],
    ['...', ''],
  ])('%j becomes %j', (text, expected) => expect(normaliseAnswer(text)).toBe(expected));

  it('changes nothing the second time, unless dropping an article made no new one', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('the', 'Fox', 'a-b', '_x_', 'É', '9.5')), (words) => {
        const once = normaliseAnswer(words.join(' '));
        expect(normaliseAnswer(once)).toBe(once);
      }),
    );
  });
});

describe('token F1', () => {
  it('is the overlap of multisets', () => {
    // 2 of 3 predicted words, 2 of 4 expected ones
    const { precision, recall, f1 } = tokenF1('refund refund approved', 'Refund was approved today.');
    expect(precision).toBeCloseTo(2 / 3, 12);
    expect(recall).toBeCloseTo(2 / 4, 12);
    expect(f1).toBeCloseTo(4 / 7, 12);
  });

  it('is 0 without a common word, for empty texts too', () => {
    expect(tokenF1('', '').f1).toBe(0);
    expect(tokenF1('the', 'a').f1).toBe(0);
  });
});

describe('exact match', () => {
  it('drops whitespace at the ends and nothing else', () => {
    expect(exactMatch(' CA\n', 'CA')).toBe(1);
    expect(exactMatch('ca', 'CA')).toBe(0);
    expect(exactMatch('CA.', 'CA')).toBe(0);
  });

  it('has a normalised form', () => {
    expect(normalisedMatch('The answer.', 'answer')).toBe(1);
    expect(normalisedMatch('answers', 'answer')).toBe(0);
  });
});
