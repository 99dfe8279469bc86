import { describe, expect, it } from 'vitest';
import { createRandom } from '../core/index.ts';
import { pairedIntervals } from './paired-interval.ts';
import { unpairedIntervals } from './unpaired-interval.ts';

const normal = (random: () => number) => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

describe('intervals without pairs', () => {
  it('are never narrower than those of Welch, and hold the truth', () => {
    const random = createRandom(3);
    let [difference, ratio] = [0, 0];
    const runs = 150;
    for (let run = 0; run < runs; run++) {
      const x = Float64Array.from({ length: 24 }, () => 110 * Math.exp(0.5 * normal(random)));
      const y = Float64Array.from({ length: 30 }, () => 100 * Math.exp(0.5 * normal(random)));
      const found = unpairedIntervals(x, y, random);
      const [truth, apart] = [1.1, 10 * Math.exp(0.125)];
      if ((found.ratio.low as number) <= truth && truth <= (found.ratio.high as number)) ratio++;
      if ((found.difference.low as number) <= apart && apart <= (found.difference.high as number)) difference++;
    }
    // 95 % of 150 is 142; fewer than 135 have a chance below 1 %.
    expect(Math.min(difference, ratio)).toBeGreaterThanOrEqual(135);
  });

  // scipy.stats.ttest_ind(x, y, equal_var=False).confidence_interval(): the least that they may be.
  it('hold that of Welch', () => {
    const x = Float64Array.from([3, 5, 4, 8, 6, 7]);
    const y = Float64Array.from([2, 3, 1, 4, 2, 3, 2]);
    const { mean, low, high } = unpairedIntervals(x, y, createRandom(1)).difference;
    expect(mean).toBeCloseTo(3.0714, 3);
    expect(low).toBeLessThanOrEqual(1.1);
    expect(high).toBeGreaterThanOrEqual(5.0);
  });

  it('are wider than those of pairs that go up and down together', () => {
    const random = createRandom(5);
    const y = Float64Array.from({ length: 30 }, () => 100 * Math.exp(0.8 * normal(random)));
    const x = y.map((value) => 0.9 * value * Math.exp(0.05 * normal(random)));
    const width = ({ low, high }: { low: number | null; high: number | null }) => (high as number) - (low as number);
    expect(width(unpairedIntervals(x, y, random).ratio)).toBeGreaterThan(
      3 * width(pairedIntervals(x, y, random).ratio),
    );
  });
});
