import { describe, expect, it } from 'vitest';
import { openWords } from './decision-words.ts';
import type { VsBaseline } from './report-types.ts';

const words = (low: number, high: number) =>
  openWords({ ratio: { mean: 1, low, high } } as VsBaseline, 'generation_time', 'p').text;

describe('an interval that shows nothing', () => {
  it('is rounded to whole percents', () => {
    expect(words(0.9, 1.25)).toBe('[−10, +25 %]');
  });

  it('of a handful of samples says that its end is far off, and not how far', () => {
    expect(words(0.39, 5.563e136)).toBe('[−61, over +1,000 %]');
  });
});
