import { describe, expect, it } from 'vitest';
import { fuzzyReward } from './fuzzy-reward.ts';

describe('the fuzzy dictionary', () => {
  it('gives identical texts all but the last digit of ROUGE', () => {
    const reward = fuzzyReward('The records are kept for ten years', 'records are kept for ten years.');
    expect(reward).toMatchObject({ em: 1, f1: 1 });
    expect(reward.bleu).toBeCloseTo(1, 10);
    expect(reward.rouge_1).toBeCloseTo(2 / (2 + 1e-8), 15);
    expect(reward.rouge_1).not.toBe(1);
  });

  it('counts n-grams once each in ROUGE, and as often as they occur in F1', () => {
    const reward = fuzzyReward('yes yes yes', 'yes');
    expect(reward.f1).toBeCloseTo(0.5, 12);
    expect(reward.rouge_1).toBeCloseTo(1, 7);
    expect(reward.rouge_2).toBe(0);
  });

  it('takes one of several longest subsequences, as the package does, and counts its distinct words', () => {
    // "ant ant" or "bee ant": values of the package itself
    expect(fuzzyReward('ant bee ant', 'bee ant ant').rouge_l).toBeCloseTo(0.499999995, 9);
    expect(fuzzyReward('bee ant ant', 'ant bee ant').rouge_l).toBeCloseTo(0.999999995, 9);
  });

  it('gives 0 in BLEU under four words', () => {
    expect(fuzzyReward('ten years', 'ten years').bleu).toBe(0);
  });

  it('is 0 where a text has no word: the official program raises', () => {
    for (const [prediction, gold] of [
      ['', 'x'],
      ['!!!', 'x'],
      ['x', 'the'],
    ] as const)
      expect(fuzzyReward(prediction, gold)).toEqual({
        em: 0,
        f1: 0,
        bleu: 0,
        rouge_1: 0,
        rouge_2: 0,
        rouge_l: 0,
        raised: 'ValueError',
      });
  });
});
