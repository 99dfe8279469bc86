import { describe, expect, it } from 'vitest';
import { expectedTokens, predictedSpeedup } from './expected-tokens.ts';

describe('expectedTokens', () => {
  it.each([
    [0.6, 4, 2.3056],
    [0.8, 4, 3.3616],
    [1, 4, 5],
    [0, 4, 1],
    [0.5, 0, 1],
  ])('at a rate of %f with %i drafts is %f', (rate, drafts, expected) => {
    expect(expectedTokens(rate, drafts)).toBeCloseTo(expected, 10);
  });
});

describe('predictedSpeedup', () => {
  it('takes off what the drafts cost: .8, four drafts at a tenth of a pass each', () => {
    expect(predictedSpeedup(0.8, 4, 0.1)).toBeCloseTo(2.40114, 5);
    expect(predictedSpeedup(0.8, 4, 0)).toBe(expectedTokens(0.8, 4));
    expect(predictedSpeedup(0, 4, 0.25)).toBe(0.5);
  });
});
