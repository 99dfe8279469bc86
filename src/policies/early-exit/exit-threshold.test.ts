import { describe, expect, it } from 'vitest';
import { isOutOfReach, thresholdAt } from './exit-threshold.ts';

const calm = { confidence_threshold: 0.8, decay: 4 };

describe('thresholdAt', () => {
  it.each([
    [0, 0.8],
    [50, 0.73083],
    [100, 0.72147],
  ])('of .8 as in CALM, after %i of 100 tokens: %f', (token, expected) => {
    expect(thresholdAt(calm, token, 100)).toBeCloseTo(expected, 5);
  });

  it('without decay is the threshold itself, to the last bit', () => {
    for (const confidence_threshold of [0.1, 0.7, 0.8, 0.95, 1])
      expect(thresholdAt({ confidence_threshold, decay: 0 }, 7, 48)).toBe(confidence_threshold);
  });
});

describe('isOutOfReach', () => {
  it('is judged by the last token, whose threshold is lowest', () => {
    expect(isOutOfReach({ confidence_threshold: 1, decay: 0 })).toBe(false);
    expect(isOutOfReach({ confidence_threshold: 1.01, decay: 0 })).toBe(true);
    expect(isOutOfReach({ confidence_threshold: 1.05, decay: 4 })).toBe(false);
    expect(isOutOfReach({ confidence_threshold: 1.2, decay: 4 })).toBe(true);
  });
});
