/** The whole contract with `lookahead_tokens: auto`, whatever passes cost. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BenchEngine, openTiny8 } from '../../../test/contract/bench-engine.ts';
import { failures } from '../../../test/contract/contract.ts';
import { baseline } from '../baseline/baseline.ts';
import { layerDrafts } from './layer-drafts.ts';
import { speculative } from './speculative.ts';

let engine: BenchEngine;
beforeAll(async () => {
  engine = await openTiny8();
});
afterAll(() => engine[Symbol.asyncDispose]());

const cheap = { 1: 10, 16: 11 };
const dear = { 1: 8.1, 2: 16.9, 4: 24.3, 5: 33.8, 8: 39.4, 16: 60.6 };

describe('the contract holds', () => {
  it.each([
    ['drafts of n-grams, cheap rows', speculative, {}, cheap],
    ['drafts of n-grams, dear rows', speculative, {}, dear],
    ['drafts of layers', layerDrafts, { draft_layers: 1, acceptance_threshold: 0 }, cheap],
  ] as const)('%s', async (_, policy, params, of) => {
    const subject = {
      policy,
      params: { ...params, lookahead_tokens: 'auto' },
      engine: { ...engine, passPrices: of },
      baseline,
    };
    expect(await failures(subject)).toEqual({});
  });
});
