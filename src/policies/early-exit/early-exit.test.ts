import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BenchEngine, openTiny8, tiny8, tinySamples } from '../../../test/contract/bench-engine.ts';
import {
  claimsBackfill,
  leavesOneLayerLater,
  scoresProcessed,
  turnsItsThreshold,
} from '../../../test/contract/broken/early-exit.ts';
import { callOf, open, type Played, play } from '../../../test/contract/contract.ts';
import { snapshots } from '../../../test/support/snapshots.ts';
import { createToyEngine } from '../../../test/support/toy-engine.ts';
import { truncateGguf } from '../../../test/support/truncated-gguf.ts';
import {
  type AnyPolicy,
  type Call,
  createMeter,
  type Engine,
  type ModelShape,
  type Trial,
  validate,
} from '../../core/index.ts';
import { argmax, prefill, promptIds } from '../../decode/index.ts';
import { createEngine } from '../../engine/index.ts';
import { metrics } from '../../metrics/index.ts';
import { baseline } from '../baseline/baseline.ts';
import { earlyExit, earlyExitControl } from './early-exit.ts';
import { exitLayerOf } from './exit-layer.ts';

let engine: BenchEngine;
beforeAll(async () => {
  engine = await openTiny8();
});
afterAll(() => engine[Symbol.asyncDispose]());

const layers = 8;
/** Calls whose plain answers are 64, 54, 34, 34 and 20 tokens long. */
const long = [38, 12, 16, 25, 0];
const everyone = { confidence_threshold: 0, verify_eos: false };
const run = (params: Record<string, unknown>, call: Call, policy: AnyPolicy = earlyExit, on: Engine = engine) =>
  play(open(policy, params, on), call);
const sum = (played: readonly Played[], counter: string) =>
  played.reduce((total, { counters }) => total + (counters.sums[counter] ?? 0), 0);
const several = (params: Record<string, unknown>, calls: readonly Call[]) =>
  calls.reduce<Promise<Played[]>>(
    async (done, call) => [...(await done), await run(params, call)],
    Promise.resolve([]),
  );

describe('the exit layer', () => {
  it.each([
    [28, 32, 30, 26],
    [28, 32, 16, 14],
    [28, 32, 22, 19],
    [28, 32, 8, 7],
    [28, 32, 20, 18],
    [32, 32, 30, 30],
    [1, 32, 8, 1],
    [5, null, 8, 5],
  ])('%i of %s is layer %4$i of %3$i', (exit_layer, of_layers, depth, expected) => {
    expect(exitLayerOf({ exit_layer, of_layers }, depth)).toBe(expected);
  });

  it('is refused beyond the model, beyond of_layers, and below the last for the control', () => {
    expect(() => open(earlyExit, { exit_layer: 9, of_layers: null }, engine)).toThrow(/9 of a model with 8 layers/);
    expect(() => validate(earlyExit.params, { exit_layer: 33 }, 'early_exit_28')).toThrow(/exit_layer/);
    expect(() => validate(earlyExitControl.params, { exit_layer: 28 }, 'early_exit_32')).toThrow(/early_exit_28/);
  });

  it('at the last layer makes no check and gives the baseline`s tokens', async () => {
    for (const [policy, params] of [
      [earlyExitControl, {}],
      [earlyExit, { ...everyone, exit_layer: 8, of_layers: null }],
    ] as const) {
      const played = await run(params, callOf(5), policy);
      expect(played.ids).toEqual((await run({}, callOf(5), baseline)).ids);
      expect(played.counters.sums.exit_checks).toBeUndefined();
      expect(Object.keys(played.counters.tallies.exit_layer ?? {})).toEqual(['8']);
    }
  });
});

describe('where every token leaves', () => {
  /** Answers that are not those of the model cut to `depth` layers, and all tokens. */
  async function differing(policy: AnyPolicy, depth: number): Promise<{ wrong: number; tokens: number }> {
    const path = truncateGguf(tiny8, depth);
    await using short = await createEngine(path, { threads: 1 });
    let [wrong, tokens] = [0, 0];
    for (const sample of long) {
      const call = callOf(sample, { maxTokens: 40 });
      const { ids } = await run({ ...everyone, exit_layer: depth, of_layers: null }, call, policy);
      if (`${ids}` !== `${await greedyFrom(short, call, ids[0] as number)}`) wrong++;
      tokens += ids.length;
    }
    return { wrong, tokens };
  }

  it.each([7, 4, 1])('the answer is that of a model of %i layers after the first token', async (depth) => {
    const { wrong, tokens } = await differing(earlyExit, depth);
    expect(wrong).toBe(0);
    expect(tokens).toBeGreaterThan(40);
  });

  it('the comparison catches an exit one layer later', async () => {
    expect((await differing(leavesOneLayerLater, 1)).wrong).toBeGreaterThan(0);
  });
});

/** Plain greedy decoding that is told the first token. */
async function greedyFrom(model: Engine, call: Call, first: number): Promise<number[]> {
  const prompt = promptIds(model.tokenizer, call);
  using sequence = model.open(prompt.length + call.maxTokens, {
    signal: new AbortController().signal,
    meter: createMeter(),
  });
  await prefill(model, sequence, prompt, {}, () => undefined);
  const ids = [first];
  while (ids.length < call.maxTokens) {
    const pass = { sequence, tokens: [ids.at(-1) as number], positions: [prompt.length + ids.length - 1], logits: 1 };
    const next = await model.forward([pass], ([output]) => argmax(output!.logits));
    if (model.tokenizer.endIds.has(next)) break;
    ids.push(next);
  }
  return ids;
}

describe('K and V of skipped layers', () => {
  const call = callOf(38, { maxTokens: 60 });
  const params = { exit_layer: 2, of_layers: null, confidence_threshold: 0.9 };

  /** Layers in which the cache differs from that of a full run over the same text; how many slots it held. */
  async function differing(policy: AnyPolicy, changes: Record<string, unknown>) {
    const kept = snapshots(engine);
    const { ids, counters } = await run({ ...params, ...changes }, call, policy, kept.engine);
    const text = [...promptIds(engine.tokenizer, call), ...ids];
    const forced = snapshots(engine);
    const sequence = forced.engine.open(text.length, { signal: new AbortController().signal, meter: createMeter() });
    const promptLength = text.length - ids.length;
    await prefill(engine, sequence, text.slice(0, promptLength), {}, () => undefined);
    for (let at = promptLength; at < text.length; at++) {
      await engine.forward([{ sequence, tokens: [text[at] as number], positions: [at] }], () => undefined);
    }
    sequence[Symbol.dispose]();
    const own = kept.last();
    const full = forced.last();
    const wrong = own.flatMap((layer, at) => (layer.equals(full[at]!) ? [] : [at]));
    return { wrong, slots: own.map((layer) => layer.slots - promptLength), exits: counters.sums.exits ?? 0 };
  }

  it('backfill makes them those of a full run over the same text, bit by bit', async () => {
    const { wrong, slots, exits } = await differing(earlyExit, { kv: 'backfill' });
    expect(exits).toBeGreaterThan(5);
    expect(Math.min(...slots)).toBeGreaterThan(5);
    expect(wrong).toEqual([]);
  });

  it('propagate is exact up to the exit layer and approximate after the next', async () => {
    const { wrong } = await differing(earlyExit, { kv: 'propagate' });
    expect(wrong).toEqual([3, 4, 5, 6, 7]);
  });

  it('the comparison catches a backfill that only propagates', async () => {
    const { wrong } = await differing(claimsBackfill, { kv: 'backfill' });
    expect(wrong).not.toEqual([]);
  });

  it.each(['propagate', 'backfill'])('%s waits in passes of at most 16 rows', async (kv) => {
    const { counters } = await run({ ...everyone, kv, exit_layer: 4, of_layers: null }, callOf(38, { maxTokens: 60 }));
    expect(counters.sums.exits).toBeGreaterThan(16);
    const rows = Object.keys(counters.tallies.pass_rows ?? {}).map(Number);
    expect(Math.max(...rows)).toBe(kv === 'backfill' ? 15 : 1);
  });
});

describe('work', () => {
  const calls = [...long, 5].map((sample) => callOf(sample, { maxTokens: 40 }));

  it('is what the exits leave of it', async () => {
    for (const call of calls) {
      const { counters, ids } = await run({ exit_layer: 4, of_layers: null, confidence_threshold: 0.9 }, call);
      const left = counters.tallies.exit_layer ?? {};
      const decodeRows = (counters.sums.layer_rows as number) - layers * (counters.sums.prompt_tokens as number);
      expect(decodeRows).toBe(4 * (left[4] ?? 0) + 8 * (left[8] ?? 0));
      expect((left[4] ?? 0) + (left[8] ?? 0)).toBe(counters.sums.exit_checks);
      expect(ids.length - (counters.sums.exit_checks as number)).toBeLessThanOrEqual(1);
      // One head per check, one per deep token, one for the prompt.
      expect(counters.sums.head_rows).toBe((counters.sums.exit_checks as number) + (left[8] ?? 0) + 1);
    }
  });

  it('of propagation is K and V of the skipped layers, of backfill these layers themselves', async () => {
    const params = { exit_layer: 4, of_layers: null, confidence_threshold: 0.9 };
    const propagated = await several(params, calls);
    expect(sum(propagated, 'kv_layer_rows') % 4).toBe(0);
    expect(sum(propagated, 'kv_layer_rows')).toBeGreaterThan(0);
    expect(sum(propagated, 'kv_layer_rows')).toBeLessThanOrEqual(4 * sum(propagated, 'exits'));
    // tiny8: Q, K and V are 128 × (128 + 2 × 64) of a layer's weights, output 128 × 128, feed-forward 3 × 128 × 352.
    const share = (128 * 256) / (128 * 256 + 128 * 128 + 3 * 128 * 352);
    expect(sum(propagated, 'layer_work')).toBeCloseTo(
      sum(propagated, 'layer_rows') + share * sum(propagated, 'kv_layer_rows'),
      6,
    );
    const filled = await several({ ...params, kv: 'backfill' }, calls);
    expect(sum(filled, 'kv_layer_rows')).toBe(0);
    const least = layers * sum(filled, 'prompt_tokens') + 8 * sum(filled, 'exit_checks') - 4 * 15 * calls.length;
    expect(sum(filled, 'layer_rows')).toBeGreaterThanOrEqual(least);
  });

  /** Exit rates at rising thresholds. */
  async function ratesOf(policy: AnyPolicy, confidence: string): Promise<number[]> {
    const rates: number[] = [];
    for (const confidence_threshold of [0, 0.5, 0.8, 0.95, 0.9999999]) {
      const params = { exit_layer: 4, of_layers: null, confidence, confidence_threshold };
      const played: Played[] = [];
      for (const call of calls.slice(2)) played.push(await run(params, call, policy));
      rates.push(sum(played, 'exits') / sum(played, 'exit_checks'));
    }
    return rates;
  }

  it.each(['max', 'margin', 'state'])('fewer tokens leave at a higher threshold (%s)', async (confidence) => {
    const rates = await ratesOf(earlyExit, confidence);
    expect(rates[0]).toBeGreaterThan(0.9);
    expect(rates.at(-1)).toBeLessThan(0.6);
    expect(rates).toEqual([...rates].sort((a, b) => b - a));
  });

  it('the comparison catches a threshold that is turned around', async () => {
    const rates = await ratesOf(turnsItsThreshold, 'max');
    expect(rates).not.toEqual([...rates].sort((a, b) => b - a));
  });

  it('more tokens leave where the threshold falls over the answer', async () => {
    const params = { exit_layer: 2, of_layers: null, confidence_threshold: 1 };
    const [constant, falling] = [await several(params, calls), await several({ ...params, decay: 4 }, calls)];
    expect(sum(constant, 'exits')).toBe(0);
    expect(sum(falling, 'exits')).toBeGreaterThan(20);
    expect(sum(falling, 'exits')).toBeLessThan(sum(falling, 'exit_checks'));
  });

  it('a check by state needs no head', async () => {
    const params = { exit_layer: 4, of_layers: null, confidence: 'state', confidence_threshold: 1 };
    const { counters, ids } = await run(params, callOf(5));
    const plain = await run({}, callOf(5), baseline);
    expect(ids).toEqual(plain.ids);
    expect(counters.sums.head_rows).toBe(plain.counters.sums.head_rows);
    expect(counters.sums.layer_rows).toBe(plain.counters.sums.layer_rows);
  });
});

describe('confidence', () => {
  /** Sampling so cold that it is greedy in effect: raw confidence stays what it was. */
  const cold = callOf(38, { temperature: 0.01 });
  const params = { exit_layer: 2, of_layers: null, confidence_threshold: 0.95 };

  it('is of raw logits, whatever the temperature', async () => {
    const greedy = await run(params, callOf(38));
    const sampled = await run(params, cold);
    expect(greedy.counters.sums.exits).toBeLessThan(greedy.counters.sums.exit_checks as number);
    expect(sampled.counters.tallies.exit_layer).toEqual(greedy.counters.tallies.exit_layer);
  });

  it('the comparison catches one that is measured after temperature and filters', async () => {
    const sampled = await run(params, cold, scoresProcessed);
    const greedy = await run(params, callOf(38));
    expect(sampled.counters.tallies.exit_layer).not.toEqual(greedy.counters.tallies.exit_layer);
  });

  it('never lets an answer end early unless told to', async () => {
    const ending = tinySamples
      .flatMap((_, sample) => (sample < 36 ? [callOf(sample, { maxTokens: 48 })] : []))
      .slice(0, 6);
    const held = await several({ exit_layer: 4, of_layers: null, confidence_threshold: 0 }, ending);
    const stopped = held.filter(({ parts }) => {
      const end = parts.at(-1);
      return end?.type === 'end' && end.reason === 'stop';
    });
    expect(stopped.length).toBeGreaterThan(2);
    for (const { counters } of stopped) expect(counters.tallies.exit_layer?.[8]).toBeGreaterThanOrEqual(1);
    expect(sum(held, 'held_ends')).toBeGreaterThanOrEqual(stopped.length);
    const free = await several({ ...everyone, exit_layer: 4, of_layers: null }, ending);
    expect(sum(free, 'held_ends')).toBe(0);
    for (const { counters } of free) expect(Object.keys(counters.tallies.exit_layer ?? {})).toEqual(['4']);
  });

  it('a guess and the token that replaces it share one random number', async () => {
    // Where the early head is the whole model, sampled exits and held ends give the baseline's answer.
    const target = [0.4, 0.3, 0.2, 0.1];
    const chain = { target: [target, target, target, target], early: [target, target, target, target] };
    const toy = createToyEngine({ ...chain, endIds: new Set([3]) });
    const params = { exit_layer: 2, of_layers: null, confidence_threshold: 0 };
    for (let seed = 0; seed < 50; seed++) {
      const call = callOf(0, { temperature: 1, seed, maxTokens: 40 });
      expect((await run(params, call, earlyExit, toy)).ids).toEqual((await run({}, call, baseline, toy)).ids);
    }
  });
});

describe('a shortlist', () => {
  const calls = long.map((sample) => callOf(sample, { maxTokens: 40 }));
  const params = { exit_layer: 4, of_layers: null, confidence_threshold: 0.8 };

  it('of the whole vocabulary gives the tokens and exits of the head', async () => {
    for (const call of calls) {
      const [whole, few] = [await run(params, call), await run({ ...params, shortlist: 5000 }, call)];
      expect(few.ids).toEqual(whole.ids);
      expect(few.counters.tallies.exit_layer).toEqual(whole.counters.tallies.exit_layer);
    }
  });

  it('lets tokens of the text, ends and the lowest ids leave, no others', async () => {
    let outside = 0;
    for (const call of calls) {
      const shortlist = 150;
      const { parts } = await run({ ...params, shortlist, confidence_threshold: 0 }, call);
      const text = promptIds(engine.tokenizer, call);
      for (const part of parts) {
        if (part.type !== 'text') continue;
        part.ids?.forEach((id, at) => {
          if (part.marks?.[at]?.layer === 4) expect(text.includes(id) || id < shortlist, `token ${id}`).toBe(true);
          text.push(id);
        });
      }
      const head = await run({ ...params, confidence_threshold: 0 }, call);
      outside += head.ids.filter((id) => !promptIds(engine.tokenizer, call).includes(id) && id >= shortlist).length;
    }
    expect(outside).toBeGreaterThan(0);
  });

  it('costs its tokens instead of the head`s', async () => {
    const { counters } = await run({ ...params, shortlist: 100 }, calls[0] as Call);
    const checks = counters.sums.exit_checks as number;
    expect(counters.sums.candidate_logits).toBe(100 * checks);
    expect(counters.sums.head_rows).toBe(1 + checks - (counters.sums.exits as number));
    expect(counters.sums.check_weights).toBe(checks * 100 * 128);
  });

  it('is refused where confidence looks at no tokens', () => {
    const given = { confidence: 'state', shortlist: 10 };
    expect(() => validate(earlyExit.params, given, 'early_exit_28')).toThrow(/shortlist/);
  });
});

describe('break-even', () => {
  const shape = (width: number, heads: number, kvHeads: number, headSize: number, feedForward: number): ModelShape => ({
    architecture: 'llama',
    layers: 0,
    width,
    heads,
    kvHeads,
    headSize,
    feedForward,
    vocabulary: 128_256,
    contextLength: 8192,
  });

  /** The metric as reports show it, of an answer by a chain that has the model's shape. */
  async function breakEven(policy: AnyPolicy, model: ModelShape, exit_layer: number, kv: string) {
    const even = [0.5, 0.5];
    const toy = createToyEngine({ target: [even, even], early: [even, even], model });
    const params = { exit_layer, of_layers: null, kv, confidence_threshold: 0.4 };
    const { counters } = await run(params, callOf(0, { maxTokens: 8 }), policy, toy);
    const metric = metrics.find(({ name }) => name === 'break_even_exit_rate');
    return metric?.of({ counters } as Trial, {} as never);
  }

  it.each([
    ['Llama-3-8B 28/32', { ...shape(4096, 32, 8, 128, 14336), layers: 32 }, 28, 0.405, 0.376],
    ['Llama-3.2-1B 14/16', { ...shape(2048, 32, 8, 64, 8192), layers: 16 }, 14, 0.7066, 0.683],
    ['TinyLlama-1.1B 19/22', { ...shape(2048, 32, 4, 64, 5632), layers: 22, vocabulary: 32_000 }, 19, 0.36, 0.332],
    ['SmolLM-135M 26/30', { ...shape(576, 9, 3, 64, 1536), layers: 30, vocabulary: 49_152 }, 26, 0.703, 0.667],
  ])(
    'of %s counts what propagation computes in skipped layers',
    async (_, model, exitLayer, propagated, backfilled) => {
      expect(await breakEven(earlyExit, model, exitLayer, 'propagate')).toBeCloseTo(propagated, 3);
      expect(await breakEven(earlyExit, model, exitLayer, 'backfill')).toBeCloseTo(backfilled, 3);
    },
  );

  it('is not that of an exit one layer later', async () => {
    const llama = { ...shape(4096, 32, 8, 128, 14336), layers: 32 };
    expect(await breakEven(leavesOneLayerLater, llama, 28, 'backfill')).toBeCloseTo(0.4453, 4);
  });
});
