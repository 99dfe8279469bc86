/**
 * A policy's version is part of every trial's key: an old trial must not stand in for what the policy does now. So what
 * each version answers and counts, on engines made of tables, is written down in versions.json. Where a policy does
 * otherwise its version has to rise; then `TTCBENCH_RECORD=versions npx vitest run test/contract/versions.test.ts`
 * writes down the new one. Not in it, so that a change of these alone raises no version: times (names in `_ms`), the
 * real engine's graphs and kernels, and CPU: what a policy costs may change, what it answers and counts may not.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type AnyPolicy, hash } from '../../src/core/index.ts';
import { policies } from '../../src/policies/index.ts';
import { handMade } from '../support/hand-made-attention.ts';
import { createToyEngine } from '../support/toy-engine.ts';
import { onlyCounts } from './broken/early-exit.ts';
import { keepsTheFirst } from './broken/kv-cache.ts';
import { keepsTheLeast } from './broken/pruning.ts';
import { keepsThePossible } from './broken/speculation.ts';
import { callOf, open, play } from './contract.ts';

interface Recorded {
  version: number;
  digest: string;
}

const file = new URL('versions.json', import.meta.url);
const recorded: Record<string, Recorded> = JSON.parse(readFileSync(file, 'utf8'));
const isRecording = process.env.TTCBENCH_RECORD === 'versions';

/** Five tokens, of which the last ends an answer; the early head is right about half of it. */
const chain = {
  target: [
    [0.1, 0.6, 0.2, 0.05, 0.05],
    [0.1, 0.1, 0.7, 0.05, 0.05],
    [0.5, 0.1, 0.1, 0.25, 0.05],
    [0.05, 0.05, 0.05, 0.8, 0.05],
    [0.2, 0.2, 0.2, 0.2, 0.2],
  ],
  early: [
    [0.1, 0.7, 0.1, 0.05, 0.05],
    [0.6, 0.1, 0.2, 0.05, 0.05],
    [0.45, 0.1, 0.15, 0.25, 0.05],
    [0.05, 0.05, 0.05, 0.3, 0.55],
    [0.2, 0.2, 0.2, 0.2, 0.2],
  ],
  endIds: new Set([4]),
};

/** Forty tokens; who is asked for depends on layer, head and distance, without a pattern that a rule could miss. */
const pattern = {
  layers: 4,
  kvHeads: 2,
  prompt: 40,
  attention: (layer: number, head: number, query: number, key: number) =>
    1 / (1 + ((7 * query + 13 * key * (1 + layer) + 5 * head) % 23)),
  norm: (layer: number, head: number, position: number) => 1 + ((11 * position + 3 * layer + head) % 17),
};

/** Beside its defaults, what makes a policy act on so small an engine. */
const more: Record<string, object[]> = {
  speculative_decoding: [{ acceptance_threshold: 0 }, { acceptance_threshold: 0.3, lookahead_tokens: 2 }],
  speculative_decoding_layers: [{ acceptance_threshold: 0 }, { threshold_mode: 'target-prob', draft_layers: 2 }],
  early_exit: ['max', 'margin', 'state'].map((confidence) => ({
    ...{ exit_layer: 2, of_layers: null, confidence_threshold: 0.5, confidence, kv: 'backfill', decay: 4 },
  })),
  dynamic_pruning_top_p: [{ top_p: 0.5, window: 4, min_tokens: 3, stages: 2, score_layers: 2 }],
  dynamic_pruning_entropy: [{ entropy_unit: 'share', entropy_threshold: 1, window: 4, count: 'support' }],
  adaptive_kv_static: ['snapkv', 'h2o', 'recent', 'knorm'].map((keep) => ({ ratio: 0.5, keep })),
  adaptive_kv_cosine: [{ axis: 'step', ratio_min: 0.4 }, { evict: 'prompt' }],
  elastic_batch_greedy: [{ slots: 2 }],
  elastic_batch_sorted: [{ slots: 2, buckets: [10, 20] }],
};

async function digestOf(policy: AnyPolicy): Promise<string> {
  const seen: unknown[] = [];
  for (const params of [{}, policy.neutral, ...(more[policy.name] ?? [])]) {
    for (const temperature of [0, 0.8]) {
      const fillsCache = policy.engine!.decides?.(params as never)?.includes('prompt');
      const byHand = handMade(pattern);
      const generate = open(policy, params as never, fillsCache ? byHand.engine : createToyEngine(chain));
      const calls = [3, 9, 20].map((maxTokens) => callOf(0, { maxTokens, temperature, seed: maxTokens }));
      for (const { ids, counters } of await Promise.all(calls.map((call) => play(generate, call)))) {
        const sums = Object.entries(counters.sums).filter(([name]) => !name.endsWith('_ms'));
        seen.push(ids, Object.fromEntries(sums), counters.tallies);
      }
      seen.push(byHand.looks);
    }
  }
  return hash(seen).slice(0, 16);
}

describe('the version', () => {
  it.each(policies.filter(({ engine }) => engine))('of $name is that of what it does', async (policy) => {
    const [digest, last] = [await digestOf(policy), recorded[policy.name]];
    const changed = last !== undefined && last.digest !== digest;
    if (changed && policy.version <= last.version) {
      throw new Error(`${policy.name} answers or counts otherwise than its version ${last.version} did: raise it`);
    }
    if (isRecording) {
      recorded[policy.name] = { version: policy.version, digest };
      writeFileSync(file, `${JSON.stringify(recorded, null, 2)}\n`);
    }
    expect(recorded[policy.name], 'record it').toEqual({ version: policy.version, digest });
  });

  it.each([
    ['early_exit', onlyCounts],
    ['adaptive_kv_static', keepsTheFirst],
    ['dynamic_pruning_top_p', keepsTheLeast],
    ['speculative_decoding_layers', keepsThePossible],
  ])('of %s would have to rise for one that does otherwise', async (name, broken) => {
    expect(await digestOf({ ...broken, name })).not.toBe(recorded[name]?.digest);
  });
});
