/**
 * A policy's version is part of every trial's key: an old trial must not stand in for what the policy does now. So what
 * each version answers and counts, on engines made of tables and over a server in virtual time, is written down in
 * versions.json. Where a policy does otherwise its version has to rise; then `TTCBENCH_RECORD=versions npx vitest run test/contract/versions.test.ts`
 * writes down the new one. Not in it, so that a change of these alone raises no version: times (names in `_ms`), the
 * real engine's graphs and kernels, and CPU: what a policy costs may change, what it answers and counts may not.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  type AnyPolicy,
  type Call,
  type ClientKit,
  createMeter,
  type Generate,
  hash,
  type Opened,
  validate,
} from '../../src/core/index.ts';
import { policies } from '../../src/policies/index.ts';
import { openClient } from '../../src/policies/open-client.ts';
import { handMade } from '../support/hand-made-attention.ts';
import { createToyEngine } from '../support/toy-engine.ts';
import { createVirtualServer, createVirtualTime, knows } from '../support/virtual-time.ts';
import { onlyCounts } from './broken/early-exit.ts';
import { keepsTheFirst } from './broken/kv-cache.ts';
import { keepsTheLeast } from './broken/pruning.ts';
import { keepsThePossible } from './broken/speculation.ts';
import { callOf, open, play } from './contract.ts';

interface Recorded {
  version: number;
  /** Of the half in the engine. */
  digest: string;
  /** Of the half over an API. */
  client: string;
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

const sentences =
  'One two three four five. Six seven eight nine ten. Red green blue pink grey. Cat dog cow hen fox. Ash elm oak fir yew.';
/** Two sentences of five are other ones. */
const drafts = sentences.replace('eight', 'eighty').replace('fox', 'fix');

/** Gives a grade where it is asked for one, and the same final answer to most who ask for one. */
const answering = (text: string) => (call: Call) => {
  const { continue: begun = '', seed } = call;
  if (/right\):$/.test(begun)) return [` ${begun.length % 10}`];
  if (/answer\W*$/i.test(begun)) return [seed % 4 === 0 ? ' 41' : ' 42'];
  return knows(text, ' Something else is said here.')(call);
};

/** Beside its defaults, what makes a policy act over an API. */
const moreOverApi: Record<string, object[]> = {
  speculative_decoding: [{ unit: 'tokens', unit_tokens: 3 }, { lookahead_tokens: 2 }],
  speculative_decoding_layers: [{ unit: 'tokens', unit_tokens: 3 }, { accept_score: 3 }],
  early_exit: [
    { exit_layer: 8, confidence_threshold: 0.6 },
    { mode: 'temporal', probe_every: 4, probes: 2 },
  ],
  dynamic_pruning_top_p: [{ top_p: 0.5, min_tokens: 3, least_prompt: 10 }],
  dynamic_pruning_entropy: [{ entropy_threshold: 7, min_tokens: 3, least_prompt: 10 }],
  adaptive_kv_static: [{ ratio: 0.5 }, { ratio: 0.5, worth: 'recent' }],
  adaptive_kv_cosine: [{ ratio_min: 0.3 }],
  elastic_batch_greedy: [{ slots: 2 }],
  elastic_batch_sorted: [{ slots: 2 }],
};

const talk = Array.from({ length: 6 }, (_, at) => [
  {
    role: 'user' as const,
    content: `Question ${at}: what do we know of the ${at % 2 ? 'harbour' : 'lantern'} by now?`,
  },
  {
    role: 'assistant' as const,
    content: `Answer ${at}: it was lit, and it smells of rope and of tar as it always did.`,
  },
]).flat();

/** One word a token; the last letters of a word are what surprises. */
const kit: Omit<ClientKit, 'fast' | 'another'> = {
  count: (text) => text.split(' ').length,
  tokenScores: async (text) =>
    text.split(/(?= )/).map((word) => ({ text: word, surprisal: word.length, entropy: word.length / 2 })),
};

async function playOverApi(policy: AnyPolicy, params: object, reads: readonly number[], temperature: number) {
  const time = createVirtualTime();
  const server = createVirtualServer(time);
  const target = server.source({ name: 'target', ttft: 100, tpot: 10, answer: answering(sentences), reads });
  const fast = server.source({ name: 'fast', ttft: 20, tpot: 2, answer: answering(drafts), reads });
  const valid = validate(policy.params, params, policy.name);
  const generate = await openClient(policy, target, valid, { ...kit, fast, another: () => fast });
  const calls = [5, 17, 40].map(
    (maxTokens): Call => ({
      messages: [...talk, { role: 'user', content: 'Which lantern was lit, and who lit it?' }],
      ...{ maxTokens, temperature, seed: maxTokens, conversation: { id: `${maxTokens}`, turn: 6 } },
    }),
  );
  const told = await time.run(Promise.all(calls.map((call) => readAll(generate, call))));
  // Which of two calls came first where both begin at once is nobody's promise.
  const asked = server.calls.map(({ model, call, tokens, outcome }) => hash([model, call, tokens, outcome])).sort();
  return [told, asked];
}

async function readAll(generate: Generate & Partial<Opened>, call: Call) {
  const meter = createMeter();
  let [text, tokens, reason] = ['', 0, ''];
  for await (const part of generate(call, { signal: new AbortController().signal, meter })) {
    if (part.type === 'text') text += part.text;
    if (part.type === 'text') tokens += part.events ?? 1;
    if (part.type === 'end') reason = part.reason;
  }
  const { sums, tallies } = meter.counters;
  const counted = Object.entries(sums).filter(([name]) => !name.endsWith('_ms'));
  return [text, tokens, reason, Object.fromEntries(counted), tallies];
}

async function clientDigestOf(policy: AnyPolicy): Promise<string> {
  const seen: unknown[] = [];
  for (const params of [{}, policy.neutral, ...(moreOverApi[policy.name] ?? [])])
    for (const reads of [[1], [3, 1, 2]])
      for (const temperature of [0, 0.8]) seen.push(await playOverApi(policy, params, reads, temperature));
  const acts = policy.client?.acts ?? policy.acts;
  if (acts) expect(JSON.stringify(seen), `${policy.name} acts`).toMatch(new RegExp(`"${acts}":[1-9]`));
  return hash(seen).slice(0, 16);
}

describe('the version', () => {
  it.each(policies.filter(({ engine }) => engine))('of $name is that of what it does', async (policy) => {
    const [digest, client, last] = [await digestOf(policy), await clientDigestOf(policy), recorded[policy.name]];
    const changed = last !== undefined && (last.digest !== digest || last.client !== client);
    if (changed && policy.version <= last.version) {
      throw new Error(`${policy.name} answers or counts otherwise than its version ${last.version} did: raise it`);
    }
    if (isRecording) {
      recorded[policy.name] = { version: policy.version, digest, client };
      writeFileSync(file, `${JSON.stringify(recorded, null, 2)}\n`);
    }
    expect(recorded[policy.name], 'record it').toEqual({ version: policy.version, digest, client });
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
