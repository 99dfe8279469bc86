/** Compositions keep the contract of policies: one for each way in which decorated engines and loops meet. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { baseline } from '../../src/policies/baseline/baseline.ts';
import { compose } from '../../src/policies/compose.ts';
import { type BenchEngine, openTiny8 } from './bench-engine.ts';
import { checks } from './contract.ts';

let engine: BenchEngine;
beforeAll(async () => {
  engine = await openTiny8();
});
afterAll(() => engine[Symbol.asyncDispose]());

const subjects: [string, Record<string, unknown>][] = [
  ['elastic_batch_greedy+speculative_decoding', {}],
  ['elastic_batch_sorted+dynamic_pruning_top_p+early_exit_28', {}],
  ['elastic_batch_greedy+adaptive_kv_static', { adaptive_kv_static: { keep: 'knorm', ratio: 0.5 } }],
  ['elastic_batch_greedy+adaptive_kv_cosine', { adaptive_kv_cosine: { keep: 'h2o', evict: 'prompt' } }],
];

describe.each(subjects)('%s', (name, params) => {
  const policy = compose(name);
  it.each(Object.keys(checks))('%s', async (check) => {
    expect(await checks[check]?.({ policy, params, engine, baseline })).toBeUndefined();
  });
});
