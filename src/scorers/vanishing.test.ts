/** What normalisation, tokens or stems would leave nothing of: one rule for all scorers (docs/scorers.md). */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scorers } from '../benchmarks/own-file/scorers.ts';
import {
  coverage,
  createSimilarity,
  exactReward,
  fuzzyReward,
  lexicalSimilarity,
  normalisedMatch,
  parsePlan,
  readGoldPlan,
  rouge,
  scorePlan,
  sentenceBleu,
  stem,
  tokenF1,
} from './index.ts';
import { splitWords } from './python-text.ts';

/** References of which at least one scorer's words would leave nothing. */
const vanishing = [
  'A',
  'a',
  'The',
  'an',
  'A.',
  '"A"',
  '%',
  '...',
  '-',
  '🙂',
  '東京',
  'москва',
  'สวัสดี',
  'é',
  '<skipped>',
];

describe('a reference that would vanish', () => {
  it.each(Object.keys(scorers) as (keyof typeof scorers)[])(
    '%s: itself is 1, silence and another one are 0',
    (name) => {
      const valuesOf = (text: string, reference: string) => Object.entries(scorers[name].score(text, reference));
      for (const reference of vanishing) {
        // ROUGE-2 of a single word has no pair of words: 0 by definition.
        for (const [score, value] of valuesOf(reference, reference))
          if (score !== 'rouge_2') expect(value, `${score} of ${reference}`).toBeCloseTo(1, 9);
        for (const other of ['', ' \n', 'B', '$'])
          for (const [score, value] of valuesOf(other, reference)) expect(value, `${score}: ${other}`).toBe(0);
      }
    },
  );

  it('is read like the answer: an answer in a sentence has the word in common', () => {
    // 1 of 4 words, 1 of 1: 2 · ¼ / (1 + ¼)
    expect(tokenF1('The answer is A.', 'A').f1).toBeCloseTo(0.4, 12);
    expect(tokenF1('The answer is B.', 'A').f1).toBe(0);
    expect(normalisedMatch('the', 'a')).toBe(0);
    expect(normalisedMatch('a.', 'A')).toBe(1);
    // Two of three words, two of two.
    expect(rouge('и Москва Россия', 'москва, россия', { keepVanishing: true }).rouge1.f1).toBeCloseTo(0.8, 12);
  });

  it('changes nothing where something is left: an answer that vanishes has nothing in common', () => {
    for (const answer of ['the', '...', ''])
      expect([tokenF1(answer, 'the Cat').f1, normalisedMatch(answer, 'the Cat')]).toEqual([0, 0]);
    expect(tokenF1('The cat!', 'a cat').f1).toBe(1);
    expect(rouge('Größe', 'Größe', { keepVanishing: true })).toMatchObject({ rouge1: { f1: 1 }, rouge2: { f1: 1 } });
  });

  it('a blank reference equals silence alone', () => {
    for (const reference of ['', ' ', '\n'])
      expect(['', ' ', 'the', '.'].map((answer) => normalisedMatch(answer, reference))).toEqual([1, 1, 0, 0]);
  });

  it('any text equals itself and, if it is not blank, differs from silence', () => {
    const text = fc.string({ unit: 'binary', maxLength: 12 }).filter((value) => splitWords(value).length > 0);
    fc.assert(
      fc.property(text, (value) => {
        for (const score of [normalisedMatch, (a: string, b: string) => tokenF1(a, b).f1]) {
          expect(score(value, value)).toBe(1);
          expect(score('', value)).toBe(0);
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('the official programs keep their numbers', () => {
  it('ROUGE and BLEU give 0, the dictionary of CRMArena fails', () => {
    expect(rouge('東京', '東京').rougeL.f1).toBe(0);
    expect(sentenceBleu('<skipped>', '<skipped>', { effectiveOrder: true }).bleu).toBe(0);
    expect(fuzzyReward('A', 'A')).toMatchObject({ f1: 0, raised: 'ValueError' });
  });
});

describe('the other scorers', () => {
  it('worfbench: a step that is an article or in no words is found', () => {
    expect(lexicalSimilarity(['A', 'B', '%'], ['a', 'the', '%', 'B'])).toEqual([
      [1, 0, 0, 0],
      [0, 0, 0, 1],
      [0, 0, 1, 0],
    ]);
    const text = 'Node:\n1: A\n2: B\nEdges: (START,1) (1,2) (2,END)';
    expect(scorePlan(readGoldPlan(text), parsePlan(text))).toMatchObject({ chain: { f1: 1 }, graph: { f1: 1 } });
  });

  it('CRMArena, rules: silence does not say that no record fits', () => {
    const reward = (text: string) => exactReward('case_routing', text, ['None'], { extractor: 'rules' }).reward;
    expect(['', ' \n', 'No record fits.', 'None'].map(reward)).toEqual([0, 0, 1, 1]);
  });

  it('sentence similarity: silence resembles nothing, whatever the encoder gives it', async () => {
    const same = createSimilarity('same', async (texts) => texts.map(() => Float32Array.of(1)));
    expect(await same(['', ' '], ['A', '', '\t'])).toEqual([
      [0, 1, 1],
      [0, 1, 1],
    ]);
  });

  it('coverage of a lexicon without concepts is 0, and no word has an empty stem', () => {
    expect(coverage('text', { name: 'none', about: '', source: '', concepts: {} })).toBe(0);
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z]{1,8}$/), (word) => {
        expect(stem(word)).not.toBe('');
      }),
    );
  });
});
