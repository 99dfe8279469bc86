import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../core/index.ts';
import { bestLookahead } from './best-lookahead.ts';

/** Rows that cost nothing more, and rows of which each costs a whole pass. */
const cheap = () => 1;
const dear = (drafts: number) => 1 + drafts;

describe('the best lookahead', () => {
  it('is the longest where rows are free, and none where each costs a pass', () => {
    expect(bestLookahead(cheap, 0.5, 15)).toBe(15);
    expect(bestLookahead(dear, 1, 15)).toBe(0);
    expect(bestLookahead(cheap, 0, 15)).toBe(0);
  });

  it('is what the paper’s table has where drafting costs a share c of a pass and verifying nothing more', () => {
    // Figure 3 of arXiv 2211.17192: the best γ falls with c and rises with α.
    const best = (rate: number, share: number) => bestLookahead((drafts) => 1 + share * drafts, rate, 15);
    expect(best(0.9, 0.02)).toBeGreaterThan(best(0.9, 0.1));
    expect(best(0.9, 0.1)).toBeGreaterThan(best(0.6, 0.1));
    // By hand at α = 0.6, c = 0.1: E(k)/cost = 1, 1.455, 1.633, 1.674, 1.647 for k = 0 … 4.
    expect(best(0.6, 0.1)).toBe(3);
  });

  it('takes no fewer tokens per cost than any other length, by simulated steps', () => {
    const prices = [8, 17, 20, 24, 34, 35, 37, 39, 40, 45, 50, 52, 55, 57, 59, 60];
    const costOf = (drafts: number) => prices[drafts] as number;
    fc.assert(
      fc.property(
        fc.double({ min: 0.05, max: 0.95, noNaN: true }),
        fc.integer({ min: 0, max: 2 ** 31 }),
        (rate, seed) => {
          const random = createRandom(seed);
          const simulated = (drafts: number) => {
            let tokens = 0;
            for (let step = 0; step < 2000; step++) {
              let right = 0;
              while (right < drafts && random() < rate) right++;
              tokens += right + 1;
            }
            return tokens / (2000 * costOf(drafts));
          };
          const best = simulated(bestLookahead(costOf, rate, 15));
          for (let drafts = 0; drafts <= 15; drafts++) expect(best).toBeGreaterThan(0.85 * simulated(drafts));
        },
      ),
      { numRuns: 20, seed: 7 },
    );
  });
});
