/** Every parameter that must turn a policy into the baseline does, beside the neutral ones that the contract checks. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { baseline } from '../../src/policies/baseline/baseline.ts';
import { compose, isComposition } from '../../src/policies/compose.ts';
import { findVariant } from '../../src/policies/index.ts';
import { type BenchEngine, openTiny8 } from './bench-engine.ts';
import { deviation } from './contract.ts';

let engine: BenchEngine;
beforeAll(async () => {
  engine = await openTiny8();
});
afterAll(() => engine[Symbol.asyncDispose]());

const find = (name: string) =>
  isComposition(name)
    ? { policy: compose(name), params: {} }
    : (findVariant(name) as NonNullable<ReturnType<typeof findVariant>>);
const changed = (name: string, params: Record<string, unknown>) => {
  const { policy, params: own } = find(name);
  return deviation({ policy, params: { ...own, ...params }, engine, baseline });
};

describe('equal to the baseline, token by token, logit by logit, greedy and sampled', () => {
  it.each<[string, Record<string, unknown>]>([
    ['speculative_decoding', { lookahead_tokens: 0, acceptance_threshold: 0 }],
    ['speculative_decoding_layers', { lookahead_tokens: 0, threshold_mode: 'target-prob' }],
    ['dynamic_pruning_top_p', { top_p: 1, stages: 3, score_layers: 2 }],
    ['dynamic_pruning_top_p', { min_tokens: 1000 }],
    ['dynamic_pruning_top_p', { window: 1000 }],
    ['dynamic_pruning_entropy', { entropy_threshold: -1, count: 'support' }],
    ['early_exit_28', { confidence_threshold: 1.01, kv: 'backfill' }],
    ['early_exit_28', { exit_layer: 8, of_layers: null, confidence_threshold: 0 }],
    ['early_exit_32', {}],
    ['adaptive_kv_static', { budget: 4000, ratio: 0.1 }],
    ['adaptive_kv_static', { ratio: 1, evict: 'prompt' }],
    ['adaptive_kv_cosine', { ratio_max: 1, ratio_min: 1, axis: 'step' }],
    ['elastic_batch_greedy', { slots: 1, repack: false }],
    ['elastic_batch_sorted', { slots: 1, predict: 'limit' }],
    [
      'elastic_batch_greedy+speculative_decoding',
      { elastic_batch_greedy: { slots: 1 }, speculative_decoding: { lookahead_tokens: 0 } },
    ],
  ])('%s %j', async (name, params) => {
    expect(await changed(name, params)).toBeUndefined();
  });

  it.each<[string, Record<string, unknown>]>([
    ['dynamic_pruning_top_p', { min_tokens: 10 }],
    ['early_exit_28', { exit_layer: 7, of_layers: null, confidence_threshold: 0 }],
    ['adaptive_kv_static', { budget: 60 }],
    ['speculative_decoding_layers', { lookahead_tokens: 1 }],
  ])('one step away it is not: %s %j', async (name, params) => {
    expect(await changed(name, params)).toBeTypeOf('string');
  });
});
