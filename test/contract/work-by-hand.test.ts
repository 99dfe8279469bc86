/**
 * What policies save, on cases small enough to count on paper. tiny8 has 8 layers and 2 KV heads of 32 values; K and V
 * of a slot are 2 × 2 × 32 values of 2 bytes, 256 bytes. The last token of an answer is picked and never run.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Trial } from '../../src/core/index.ts';
import { metrics } from '../../src/metrics/index.ts';
import { findVariant } from '../../src/policies/index.ts';
import { type BenchEngine, openTiny8 } from './bench-engine.ts';
import { callOf, open, play } from './contract.ts';

let engine: BenchEngine;
beforeAll(async () => {
  engine = await openTiny8();
});
afterAll(() => engine[Symbol.asyncDispose]());

/** The prompt has 64 tokens, the answer is cut at 4: one comes with the prompt, three are run for. */
const call = callOf(38, { maxTokens: 4 });
const [prompt, answer, steps] = [64, 4, 3];

/** Metrics of the call under a variant, as a report would show them. */
async function measured(name: string, params: Record<string, unknown>, of: readonly string[]) {
  const { policy, params: own } = findVariant(name) as NonNullable<ReturnType<typeof findVariant>>;
  const { ids, counters } = await play(open(policy, { ...own, ...params }, engine), call);
  expect([counters.sums.prompt_tokens, ids.length]).toEqual([prompt, answer]);
  const turns = [{ prompt_tokens: prompt, completion_tokens: ids.length }];
  const trial = { counters, turns, params } as unknown as Trial;
  const about = { sample: { id: 's', prompt: '', reference: '' } } as never;
  return Object.fromEntries(
    of.map((metric) => [metric, metrics.find(({ name }) => name === metric)!.of(trial, about)]),
  );
}

describe('layer_rows_per_token', () => {
  const layerRows = async (name: string, params: Record<string, unknown>) =>
    (await measured(name, params, ['layer_rows_per_token'])).layer_rows_per_token;

  it('of the baseline: every token but the last through 8 layers', async () => {
    expect(await layerRows('baseline', {})).toBeCloseTo((8 * (prompt + steps)) / (prompt + answer), 12);
  });

  it('of exits after layer 4: the prompt through 8 layers, three tokens through 4', async () => {
    const params = { exit_layer: 4, of_layers: null, confidence_threshold: 0, verify_eos: false };
    expect(await layerRows('early_exit_28', params)).toBeCloseTo((8 * prompt + 4 * steps) / (prompt + answer), 12);
  });

  it('of exits after layer 2 that are never taken: as the baseline’s', async () => {
    const params = { exit_layer: 2, of_layers: null, confidence_threshold: 1 };
    expect(await layerRows('early_exit_28', params)).toBeCloseTo((8 * (prompt + steps)) / (prompt + answer), 12);
  });

  it('of a pruned prompt: 4 sinks, 8 of the window and the 10 best go on after layer 4', async () => {
    const params = { top_p: 0.001, min_tokens: 10, window: 8 };
    const rows = 4 * prompt + 4 * (4 + 8 + 10) + 8 * steps;
    expect(await layerRows('dynamic_pruning_top_p', params)).toBeCloseTo(rows / (prompt + answer), 12);
  });

  it('of a KV budget: as the baseline’s, it saves no rows', async () => {
    const rows = (8 * (prompt + steps)) / (prompt + answer);
    expect(await layerRows('adaptive_kv_static', { ratio: 0.5 })).toBeCloseTo(rows, 12);
  });
});

describe('KV bytes', () => {
  const bytes = (name: string, params: Record<string, unknown>) =>
    measured(name, params, ['kv_bytes_mean', 'kv_bytes_peak', 'kv_bytes_allocated']);
  const slot = 256;

  it('of the baseline: 65, 66 and 67 slots in 8 layers', async () => {
    expect(await bytes('baseline', {})).toEqual({
      kv_bytes_mean: 8 * 66 * slot,
      kv_bytes_peak: 8 * 67 * slot,
      kv_bytes_allocated: 8 * (prompt + answer) * slot,
    });
  });

  it('of 40 slots: 40 after every step, the prompt at its peak, and no slot opened beyond it', async () => {
    expect(await bytes('adaptive_kv_static', { budget: 40 })).toEqual({
      kv_bytes_mean: 8 * 40 * slot,
      kv_bytes_peak: 8 * prompt * slot,
      kv_bytes_allocated: 8 * prompt * slot,
    });
  });

  it('of a ratio of a half: ⌈32.5⌉, 33 and ⌈33.5⌉ slots', async () => {
    const { kv_bytes_mean } = await bytes('adaptive_kv_static', { ratio: 0.5 });
    expect(kv_bytes_mean).toBeCloseTo((8 * (33 + 33 + 34) * slot) / 3, 9);
  });

  it('of a pruned prompt: whole in 4 layers, 22 tokens in the other 4', async () => {
    const { kv_bytes_mean } = await bytes('dynamic_pruning_top_p', { top_p: 0.001, min_tokens: 10, window: 8 });
    expect(kv_bytes_mean).toBeCloseTo(4 * (66 + 24) * slot, 9);
  });
});
