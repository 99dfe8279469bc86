import { describe, expect, it } from 'vitest';
import { expectedTokens } from './expected-tokens.ts';

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
