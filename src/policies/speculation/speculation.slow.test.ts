/** That sampled tokens follow the model whoever drafts: over 60,000 tokens each. */
import { describe, expect, it } from 'vitest';
import { couples, drawsFromAll, keepsThePossible } from '../../../test/contract/broken/speculation.ts';
import { callOf, open, play } from '../../../test/contract/contract.ts';
import { type Chain, createToyEngine } from '../../../test/support/toy-engine.ts';
import type { AnyPolicy } from '../../core/index.ts';
import { layerDrafts } from './layer-drafts.ts';
import { speculative } from './speculative.ts';

// A chain of four tokens and an early head that is wrong about most of it.
const chain: Chain = {
  target: [
    [0.5, 0.3, 0.2, 0],
    [0.1, 0.2, 0.3, 0.4],
    [0.25, 0.25, 0.25, 0.25],
    [0.05, 0.05, 0.8, 0.1],
  ],
  early: [
    [0.7, 0.2, 0.1, 0],
    [0.4, 0.3, 0.2, 0.1],
    [0.1, 0.2, 0.3, 0.4],
    [0, 0.5, 0.25, 0.25],
  ],
};

describe('sampled tokens', () => {
  const length = 60;
  const calls = 1000;
  // 15 transitions are possible: 11 degrees of freedom, 99.99 % quantile.
  const critical = 37.4;

  /** χ² of the transitions in 60,000 tokens against the chain. */
  async function chiSquare(policy: AnyPolicy, params: Record<string, unknown>): Promise<number> {
    const generate = open(policy, params, createToyEngine(chain));
    const counts = chain.target.map((row) => row.map(() => 0));
    for (let seed = 0; seed < calls; seed++) {
      const { ids } = await play(generate, callOf(0, { maxTokens: length, temperature: 1, seed }));
      for (let at = 1; at < ids.length; at++) {
        const row = counts[ids[at - 1] as number] as number[];
        row[ids[at] as number] = (row[ids[at] as number] as number) + 1;
      }
    }
    let result = 0;
    for (const [last, row] of counts.entries()) {
      const total = row.reduce((sum, count) => sum + count, 0);
      for (const [next, count] of row.entries()) {
        const expected = total * (chain.target[last]?.[next] as number);
        if (expected > 0) result += (count - expected) ** 2 / expected;
        else if (count > 0) return Number.POSITIVE_INFINITY;
      }
    }
    return result;
  }

  it.each([
    ['n-grams', speculative, { acceptance_threshold: 0 }],
    ['layers', layerDrafts, { acceptance_threshold: 0 }],
    ['layers behind a gate', layerDrafts, { acceptance_threshold: 0.5 }],
  ] as const)('of drafts by %s follow the model over 60,000 samples', async (_, policy, params) => {
    expect(await chiSquare(policy, params)).toBeLessThan(critical);
  });

  it('pass the same test in a plain loop with one draft', async () => {
    expect(await chiSquare(couples, {})).toBeLessThan(critical);
  });

  it.each([
    ['draws the correction from all of p', drawsFromAll, {}],
    ['keeps whatever is possible', keepsThePossible, {}],
    ['keeps what the model gives a fifth', layerDrafts, { threshold_mode: 'target-prob', acceptance_threshold: 0.2 }],
  ] as const)('fail it where the verifier %s', async (_, policy, params) => {
    expect(await chiSquare(policy, params)).toBeGreaterThan(3 * critical);
  });
});
