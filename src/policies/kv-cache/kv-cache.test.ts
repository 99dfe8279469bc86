/** KV budgets on tiny8, held to a full model with the evicted slots hidden, and to slots counted by hand. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BenchEngine, openTiny8, recording } from '../../../test/contract/bench-engine.ts';
import {
  keepsTheFirst,
  oneListForAll,
  onlyCountsEviction,
  protectsNothing,
  shiftsPositions,
} from '../../../test/contract/broken/kv-cache.ts';
import { callOf, open, play } from '../../../test/contract/contract.ts';
import { shadow } from '../../../test/contract/shadow.ts';
import { type AnyPolicy, createMeter, type Output, validate } from '../../core/index.ts';
import { baseline } from '../baseline/baseline.ts';
import { kvCosine, kvStatic } from './kv-cache.ts';

let engine: BenchEngine;
beforeAll(async () => {
  engine = await openTiny8();
});
afterAll(() => engine[Symbol.asyncDispose]());

const samples = [0, 5, 11];
const [layers, kvHeads] = [8, 2];
/** K and V of 32 values of 2 bytes in 2 heads. */
const slotBytes = 2 * 32 * 2 * kvHeads;
/** Differences that rounding makes: tiny8's logits span about 25. */
const rounding = 0.15;
const every = ['snapkv', 'h2o', 'recent', 'knorm'] as const;
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

async function watch(policy: AnyPolicy, params: Record<string, unknown>, sample: number, maxTokens = 24) {
  const seen = shadow(engine);
  const played = await play(open(policy, params, seen.engine), callOf(sample, { maxTokens }));
  const [first, ...steps] = seen.looks;
  return { ...played, seen, promptLength: first!.tokens, steps };
}

/** What the prompt's slots are worth by the paper's own words, from a run of the full model: [layer][head][slot]. */
async function worthOf(sample: number, keep: (typeof every)[number], window: number): Promise<number[][][]> {
  const ids = engine.tokenizer.encode(engine.tokenizer.chat(callOf(sample).messages), { special: true });
  using sequence = engine.open(ids.length, { signal: new AbortController().signal, meter: createMeter() });
  const all = Array.from({ length: layers }, (_, layer) => layer);
  const queries = keep === 'h2o' ? ids.length : Math.min(window, ids.length);
  const pass = { sequence, tokens: ids, positions: [...ids.keys()], prefill: true };
  const mass = await engine.forward([{ ...pass, attention: { layers: all, queries } }], ([output]) =>
    (output as Output).attention.map((layer) => layer.slice()),
  );
  return all.map((layer) => {
    const norms = sequence.keyNorms(layer);
    return [0, 1].map((head) =>
      ids.map((_, at) => {
        if (keep === 'recent') return at;
        return keep === 'knorm' ? -norms[head * ids.length + at]! : mass[layer]![head * ids.length + at]!;
      }),
    );
  });
}

type Check = (policy: AnyPolicy) => Promise<string | undefined>;
const checks: Record<string, Check> = {
  async 'equals a full model in which the evicted slots are hidden'(policy) {
    for (const sample of samples) {
      for (const keep of every) {
        const { seen } = await watch(policy, { ratio: 0.5, keep }, sample);
        const worst = Math.max(...(await seen.distances()));
        if (!(worst < rounding)) return `sample ${sample}, ${keep}: logits are ${worst} away`;
      }
    }
    return undefined;
  },

  async 'never holds more than the budget and the token being added'(policy) {
    for (const sample of samples) {
      const { seen, promptLength, steps } = await watch(policy, { ratio: 0.6 }, sample);
      for (const { tokens, slots } of steps) {
        const budget = Math.ceil(0.6 * (tokens - 1) - 1e-9);
        for (const heads of slots)
          for (const head of heads)
            if (head.length > budget + 1) return `${head.length} slots after ${tokens} tokens, budget ${budget}`;
      }
      if (seen.most() !== promptLength) return `a layer held ${seen.most()} slots, the prompt has ${promptLength}`;
    }
    return undefined;
  },

  async 'sinks and the newest tokens are always there, each slot once'(policy) {
    for (const sample of samples) {
      for (const recent of [null, 12]) {
        const { steps } = await watch(policy, { ratio: 0.5, recent }, sample);
        for (const { tokens, slots } of steps) {
          const budget = Math.ceil(0.5 * (tokens - 1) - 1e-9);
          const newest = recent ?? Math.min(32, Math.floor(budget / 2));
          const must = [0, 1, 2, 3, ...Array.from({ length: newest + 1 }, (_, back) => tokens - 1 - back)];
          for (const heads of slots)
            for (const head of heads) {
              if (new Set(head).size !== head.length) return `after ${tokens} tokens a slot stands twice`;
              const missing = must.find((position) => !head.includes(position));
              if (missing !== undefined) return `after ${tokens} tokens position ${missing} is gone`;
            }
        }
      }
    }
    return undefined;
  },

  async 'keeps the most worthy slots of the prompt, per layer and head'(policy) {
    for (const sample of samples) {
      for (const keep of every) {
        const { steps, promptLength: n } = await watch(policy, { ratio: 0.5, keep, window: 24 }, sample);
        if (steps.length === 0) continue;
        const worth = await worthOf(sample, keep, 24);
        const budget = Math.ceil(0.5 * n);
        const recent = Math.min(32, Math.floor(budget / 2));
        for (let layer = 0; layer < layers; layer++) {
          for (let head = 0; head < kvHeads; head++) {
            const value = worth[layer]![head]!;
            const middle = [...value.keys()].slice(4, n - recent).sort((a, b) => value[b]! - value[a]! || b - a);
            const safe = [...value.keys()].filter((at) => at < 4 || at >= n - recent);
            const expected = [...safe, ...middle.slice(0, budget - safe.length)].sort((a, b) => a - b).join();
            const kept = steps[0]!.slots[layer]![head]!.filter((at) => at < n);
            if (kept.sort((a, b) => a - b).join() !== expected) return `${keep}, layer ${layer}, head ${head}: ${kept}`;
          }
        }
      }
    }
    return undefined;
  },

  async 'counts what it keeps, and the engine holds no byte more'(policy) {
    for (const sample of samples) {
      const { counters, steps, promptLength: n } = await watch(policy, { ratio: 0.8 }, sample);
      const { sums } = counters;
      const offered = sum([n, ...steps.map(({ tokens }) => tokens)]) * layers;
      if (sums.offered_rows !== offered) return `offered_rows ${sums.offered_rows}, not ${offered}`;
      // ⌈.8 · tokens⌉ after the prompt and after every step; the full cache holds every token.
      const kept =
        sum([n, ...steps.map(({ tokens }) => tokens)].map((tokens) => Math.ceil(0.8 * tokens - 1e-9))) * layers;
      if (sums.kept_rows !== kept) return `kept_rows ${sums.kept_rows}, not ${kept}`;
      // What is held once a step is over, after its eviction.
      const held = sum(steps.map(({ tokens }) => Math.ceil(0.8 * tokens - 1e-9))) * layers * slotBytes;
      if (sums.kv_steps !== steps.length || sums.kv_bytes_sum !== held)
        return `${sums.kv_bytes_sum} KV bytes, not ${held}`;
      const full = sum(steps.map(({ tokens }) => tokens)) * layers * slotBytes;
      const share = sums.kv_bytes_sum / full;
      if (Math.abs(share - 0.8) > 2 / n) return `the cache fell to ${share} of the full one, not to .8`;
    }
    return undefined;
  },
};

describe('adaptive_kv_static', () => {
  it.each(Object.keys(checks))('%s', async (name) => {
    expect(await checks[name]!(kvStatic as AnyPolicy)).toBeUndefined();
  });

  it.each([
    ['counts and evicts nothing', onlyCountsEviction, 'counts what it keeps, and the engine holds no byte more'],
    ['counts and evicts nothing', onlyCountsEviction, 'never holds more than the budget and the token being added'],
    ['evicts the wrong slots', keepsTheFirst, 'keeps the most worthy slots of the prompt, per layer and head'],
    ['evicts the newest', keepsTheFirst, 'sinks and the newest tokens are always there, each slot once'],
    ['keeps one list for all heads', oneListForAll, 'keeps the most worthy slots of the prompt, per layer and head'],
    ['shifts positions', shiftsPositions, 'equals a full model in which the evicted slots are hidden'],
    ['protects nothing', protectsNothing, 'sinks and the newest tokens are always there, each slot once'],
  ])('a policy that %s is caught', async (_, policy, check) => {
    expect(await checks[check]!(policy)).toBeTypeOf('string');
  });

  it.each([
    ['ratio 1', { ratio: 1 }],
    ['a budget that nothing exceeds', { budget: 512 }],
  ])('%s is the baseline bit by bit, greedy and sampled', async (_, params) => {
    for (const temperature of [0, 0.8]) {
      const call = callOf(5, { temperature });
      const [mine, theirs] = [recording(engine), recording(engine)];
      const answer = await play(open(kvStatic as AnyPolicy, params, mine), call);
      const expected = await play(open(baseline, {}, theirs), call);
      expect(answer.ids).toEqual(expected.ids);
      expect(mine.logits()).toEqual(theirs.logits());
      expect(answer.counters.sums.kv_bytes_sum).toBe(expected.counters.sums.kv_bytes_sum);
    }
  });

  it('a fixed budget holds as many slots however long the answer gets, and reuses them', async () => {
    const { steps, seen } = await watch(kvStatic as AnyPolicy, { budget: 40, keep: 'h2o' }, 0, 64);
    expect(steps.length).toBeGreaterThan(10);
    for (const { slots } of steps) expect(slots.map((heads) => heads[0]!.length)).toEqual(new Array(layers).fill(41));
    expect(Math.max(...(await seen.distances()))).toBeLessThan(rounding);
  });

  it('with evict: prompt the answer adds to the cut prompt', async () => {
    const { steps, promptLength: n, seen } = await watch(kvStatic as AnyPolicy, { ratio: 0.5, evict: 'prompt' }, 0);
    steps.forEach(({ slots }, step) => {
      for (const heads of slots) expect(heads[0]).toHaveLength(Math.ceil(n / 2) + 1 + step);
    });
    expect(Math.max(...(await seen.distances()))).toBeLessThan(rounding);
  });

  it('refuses budgets without room for sinks, recent tokens and one more', async () => {
    const issue = (params: object) => () => validate(kvStatic.params, params, 'kv');
    expect(issue({ budget: 8 })).toThrow(/budget: must have room/);
    expect(issue({ budget: 9 })).not.toThrow();
    expect(issue({ budget: 40, recent: 36 })).toThrow(/budget: must have room/);
    expect(issue({ ratio: 0 })).toThrow(/ratio/);
    expect(issue({ ratio: 1.1 })).toThrow(/ratio/);
    const played = play(open(kvStatic as AnyPolicy, { ratio: 0.3, recent: 40 }, engine), callOf(0));
    await expect(played).rejects.toMatchObject({ code: 'E_POLICY', message: /no room for 4 sinks, 40 recent/ });
    expect(engine.openSequences).toBe(0);
  });
});

describe('a prompt of a few tokens', () => {
  it.each([kvStatic, kvCosine].map((policy) => policy as AnyPolicy))('$name answers it', async (policy) => {
    const seen = shadow(engine);
    const call = { ...callOf(0, { maxTokens: 24 }), messages: [{ role: 'user' as const, content: 'Hi' }] };
    await play(open(policy, {}, seen.engine), call);
    expect(seen.looks[0]!.tokens).toBeLessThan(9);
    for (const { slots } of seen.looks)
      for (const [head] of slots) expect(head).toEqual(expect.arrayContaining([0, 1, 2, 3]));
  });
});

describe('adaptive_kv_cosine', () => {
  const cosine = kvCosine as AnyPolicy;

  it('spreads the static total over the layers, falling from the first to the last, at every step', async () => {
    for (const sample of samples) {
      const { steps, promptLength: n, counters } = await watch(cosine, {}, sample);
      const [first] = steps;
      const prompt = Object.values(counters.tallies.kept_at_layer!);
      expect(sum(prompt)).toBe(layers * Math.ceil(0.8 * n - 1e-9));
      expect([...prompt].sort((a, b) => b - a)).toEqual(prompt);
      expect(Math.abs(prompt[0]! - n)).toBeLessThanOrEqual(1);
      expect(Math.abs(prompt.at(-1)! - 0.6 * n)).toBeLessThanOrEqual(1);
      expect(first!.slots.map((heads) => heads[0]!.length)).toEqual(prompt.map((kept) => kept + 1));
    }
  });

  it('with equal ends keeps what the static budget keeps, bit by bit', async () => {
    for (const axis of ['layer', 'step']) {
      const [mine, theirs] = [recording(engine), recording(engine)];
      const answer = await play(open(cosine, { ratio_max: 0.7, ratio_min: 0.7, axis }, mine), callOf(0));
      const expected = await play(open(kvStatic as AnyPolicy, { ratio: 0.7 }, theirs), callOf(0));
      expect(mine.logits()).toEqual(theirs.logits());
      expect(answer.counters.sums.kept_rows).toBe(expected.counters.sums.kept_rows);
    }
  });

  it.each([
    { axis: 'layer' },
    { axis: 'step', ratio_min: 0.3, steps: 12 },
    { keep: 'h2o', ratio_max: 0.6, ratio_min: 0.4 },
  ])('equals a full model in which the evicted slots are hidden: %j', async (params) => {
    const { seen } = await watch(cosine, params, 0);
    expect(Math.max(...(await seen.distances()))).toBeLessThan(rounding);
  });

  it('over steps starts with the whole prompt, falls by half a cosine, and stays', async () => {
    const { steps, promptLength: n } = await watch(cosine, { axis: 'step', ratio_min: 0.4, steps: 8 }, 0);
    expect(steps.length).toBeGreaterThan(12);
    expect(steps[0]!.slots[0]![0]).toHaveLength(n + 1);
    steps.slice(1).forEach(({ tokens, slots }, at) => {
      // After the step before this one, number at + 1.
      const share = 0.4 + (0.6 * (1 + Math.cos((Math.PI * Math.min(at + 1, 8)) / 8))) / 2;
      const budget = Math.ceil(share * (tokens - 1) - 1e-9);
      for (const heads of slots) expect(heads[0]).toHaveLength(budget + 1);
    });
  });

  it('refuses a budget that rises, and one that falls by steps with evict: prompt', () => {
    expect(() => validate(kvCosine.params, { ratio_max: 0.5 }, 'kv')).toThrow(/ratio_min: must not exceed/);
    expect(() => validate(kvCosine.params, { axis: 'step', evict: 'prompt' }, 'kv')).toThrow(/evict: must be always/);
  });
});

describe('an engine with few KV slots', () => {
  const long = callOf(0, { maxTokens: 40 });
  const promptOf = () => engine.tokenizer.encode(engine.tokenizer.chat(long.messages), { special: true }).length;

  it('has no room for the baseline, and plays the call under a budget as one with many', async () => {
    const kvSlots = promptOf() + 12;
    await using small = await openTiny8({ kvSlots });
    await expect(play(open(baseline, {}, small), long)).rejects.toMatchObject({
      code: 'E_CONTEXT',
      message: `the call needs ${promptOf() + 40} KV slots, a sequence may hold ${kvSlots}`,
    });
    const params = { ratio: 0.8 };
    const answer = await play(open(kvStatic as AnyPolicy, params, small), long);
    const expected = await play(open(kvStatic as AnyPolicy, params, engine), long);
    expect(answer.ids).toEqual(expected.ids);
    expect(answer.ids.length).toBeGreaterThan(12);
  });

  it('has room for the prompt at least, and for what a budget over the layers gives its first layer', async () => {
    await using tiny = await openTiny8({ kvSlots: promptOf() - 1 });
    await expect(play(open(kvStatic as AnyPolicy, { ratio: 0.5 }, tiny), long)).rejects.toMatchObject({
      code: 'E_CONTEXT',
    });
    await using small = await openTiny8({ kvSlots: promptOf() + 12 });
    await expect(play(open(kvCosine as AnyPolicy, {}, small), long)).rejects.toMatchObject({ code: 'E_CONTEXT' });
  });
});
