/** Pruning on tiny8, held to a full model with the dropped tokens hidden, and to rows counted by hand. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BenchEngine, openTiny8, recording } from '../../../test/contract/bench-engine.ts';
import {
  dropsSinks,
  keepsLessForMore,
  keepsTheLeast,
  onlyCountsPruning,
  onlyZeroes,
  renumbers,
} from '../../../test/contract/broken/pruning.ts';
import { callOf, open, play } from '../../../test/contract/contract.ts';
import { shadow } from '../../../test/contract/shadow.ts';
import { type AnyPolicy, createMeter, type Output } from '../../core/index.ts';
import { baseline } from '../baseline/baseline.ts';
import { cutsOf, decide, type PruningParams, pruningEntropy, pruningTopP } from './pruning.ts';

let engine: BenchEngine;
beforeAll(async () => {
  engine = await openTiny8();
});
afterAll(() => engine[Symbol.asyncDispose]());

const samples = [0, 5, 11, 17];
/** Rows that rounding moves: tiny8's logits span about 25. */
const rounding = 0.15;

async function watch(policy: AnyPolicy, params: Record<string, unknown>, sample: number, on: BenchEngine = engine) {
  const seen = shadow(on);
  const played = await play(open(policy, params, seen.engine), callOf(sample));
  const first = seen.looks[0]!;
  const promptLength = played.counters.sums.prompt_tokens!;
  return { ...played, seen, promptLength, keptAt: (layer: number) => first.slots[layer]![0]! };
}

/** Attention of the prompt's last `window` tokens on each token in a layer, over all heads. */
async function attentionOf(sample: number, layer: number, window: number): Promise<number[]> {
  const ids = engine.tokenizer.encode(engine.tokenizer.chat(callOf(sample).messages), { special: true });
  using sequence = engine.open(ids.length, { signal: new AbortController().signal, meter: createMeter() });
  const pass = { sequence, tokens: ids, positions: [...ids.keys()], prefill: true };
  return await engine.forward([{ ...pass, attention: { layers: [layer], queries: window } }], ([output]) => {
    const mass = (output as Output).attention[0]!;
    return ids.map((_, at) => mass[at]! + mass[ids.length + at]!);
  });
}

type Check = (policy: AnyPolicy) => Promise<string | undefined>;
const params = { top_p: 0.6, window: 8 };
const checks: Record<string, Check> = {
  async 'equals a full model in which the dropped tokens are hidden'(policy) {
    for (const sample of samples) {
      for (const more of [{}, { stages: 3 }, { from_layer: 2, score_layers: 2 }]) {
        const { seen } = await watch(policy, { ...params, ...more }, sample);
        const worst = Math.max(...(await seen.distances()));
        if (!(worst < rounding)) return `sample ${sample}, ${JSON.stringify(more)}: logits are ${worst} away`;
      }
    }
    return undefined;
  },

  async 'computes the kept rows and no others'(policy) {
    for (const sample of samples) {
      const { counters, ids, promptLength: n, keptAt } = await watch(policy, params, sample);
      const kept = keptAt(4).length;
      if (kept > n * 0.9) return `sample ${sample}: ${kept} of ${n} rows kept`;
      // Layers 0 … 3 see the whole prompt, 4 … 7 the kept rows; every token after the first takes a pass of 8 layers.
      const steps = (counters.sums.rows ?? 0) - n - kept;
      if (steps !== ids.length && steps !== ids.length - 1) return `${steps} decoded rows for ${ids.length} tokens`;
      const expected = 4 * n + 4 * kept + 8 * steps;
      if (counters.sums.layer_rows !== expected) return `layer_rows ${counters.sums.layer_rows}, not ${expected}`;
      if (counters.sums.kept_rows !== 4 * kept) return `kept_rows ${counters.sums.kept_rows}, not ${4 * kept}`;
      if (counters.sums.offered_rows !== 4 * n || counters.sums.pruned_rows !== 4 * (n - kept)) return 'rows offered';
    }
    return undefined;
  },

  async 'keeps the smallest set with the mass, sinks and window beside it'(policy) {
    for (const sample of samples) {
      const { promptLength: n, keptAt } = await watch(policy, params, sample);
      const mass = await attentionOf(sample, 3, params.window);
      const middle = [...mass.keys()].slice(4, n - params.window).sort((a, b) => mass[b]! - mass[a]! || a - b);
      const total = middle.reduce((sum, at) => sum + mass[at]!, 0);
      const chosen: number[] = [];
      let held = 0;
      for (const at of middle) {
        if (held >= params.top_p * total && chosen.length >= 10) break;
        chosen.push(at);
        held += mass[at]!;
      }
      const ends = [...mass.keys()].filter((at) => at < 4 || at >= n - params.window);
      const expected = [...chosen, ...ends].sort((a, b) => a - b).join();
      if (keptAt(4).join() !== expected) return `sample ${sample}: kept ${keptAt(4).join()}, not ${expected}`;
    }
    return undefined;
  },

  async 'the sets are nested over layers and grow with top_p'(policy) {
    for (const sample of samples) {
      let inner: number[] = [];
      for (const top_p of [0.3, 0.6, 0.9]) {
        const { keptAt, promptLength } = await watch(policy, { ...params, top_p, stages: 4 }, sample);
        for (let layer = 1; layer < 8; layer++) {
          const [above, here] = [keptAt(layer - 1), keptAt(layer)];
          if (!here.every((position) => above.includes(position)))
            return `layer ${layer} has what ${layer - 1} dropped`;
          if (layer < 4 && here.length !== promptLength) return `layer ${layer} lost rows before the cut`;
        }
        if (!inner.every((position) => keptAt(4).includes(position)))
          return `top_p ${top_p} drops what a smaller one keeps`;
        inner = keptAt(4);
      }
    }
    return undefined;
  },
};

describe('dynamic_pruning_top_p', () => {
  it.each(Object.keys(checks))('%s', async (name) => {
    expect(await checks[name]!(pruningTopP as AnyPolicy)).toBeUndefined();
  });

  it.each([
    ['counts and prunes nothing', onlyCountsPruning, 'computes the kept rows and no others'],
    ['zeroes rows and keeps them', onlyZeroes, 'computes the kept rows and no others'],
    ['renumbers the kept rows', renumbers, 'equals a full model in which the dropped tokens are hidden'],
    ['lets sinks go', dropsSinks, 'keeps the smallest set with the mass, sinks and window beside it'],
    ['keeps less for more', keepsLessForMore, 'the sets are nested over layers and grow with top_p'],
    ['keeps the least attended', keepsTheLeast, 'keeps the smallest set with the mass, sinks and window beside it'],
  ])('a policy that %s is caught', async (_, policy, check) => {
    expect(await checks[check]!(policy)).toBeTypeOf('string');
  });

  it('prunes a prompt of several chunks as one of a single chunk', async () => {
    await using chunked = await openTiny8({ chunk: 32, prefill: 'exact' });
    await using unchunked = await openTiny8({ prefill: 'exact' });
    const { seen, keptAt, promptLength } = await watch(pruningTopP as AnyPolicy, { ...params, window: 40 }, 0, chunked);
    const whole = await watch(pruningTopP as AnyPolicy, { ...params, window: 40 }, 0, unchunked);
    expect(promptLength).toBeGreaterThan(3 * 32);
    expect(keptAt(4)).toEqual(whole.keptAt(4));
    expect(Math.max(...(await seen.distances()))).toBeLessThan(rounding);
  });

  it('holds fewer KV bytes by what left', async () => {
    const { counters, seen } = await watch(pruningTopP as AnyPolicy, params, 0);
    const steps = seen.looks.slice(1);
    // K and V of 2 heads × 32 values of 2 bytes.
    const bytes = steps.map(({ slots }) => slots.reduce((sum, heads) => sum + heads[0]!.length * 256, 0));
    expect(counters.sums.kv_steps).toBe(steps.length);
    expect(counters.sums.kv_bytes_sum).toBe(bytes.reduce((sum, held) => sum + held, 0));
    const full = steps.reduce((sum, { tokens }) => sum + tokens * 8 * 256, 0);
    expect(counters.sums.kv_bytes_sum).toBeLessThan(0.85 * full);
  });

  it.each([
    ['top_p 1', { top_p: 1 }],
    ['min_tokens of the prompt’s length', { min_tokens: 500 }],
    ['a window of the prompt’s length', { window: 500 }],
  ])('%s is the baseline bit by bit, greedy and sampled', async (_, same) => {
    for (const temperature of [0, 0.8]) {
      const call = callOf(5, { temperature });
      const [mine, theirs] = [recording(engine), recording(engine)];
      const answer = await play(open(pruningTopP as AnyPolicy, same, mine), call);
      const expected = await play(open(baseline, {}, theirs), call);
      expect(answer.ids).toEqual(expected.ids);
      expect(mine.logits()).toEqual(theirs.logits());
      expect(answer.counters.sums).toMatchObject({ pruned_rows: 0, passes: expected.counters.sums.passes });
      expect(answer.counters.sums.kept_rows).toBe(answer.counters.sums.offered_rows);
    }
  });

  it('refuses layers that the model does not have, and cuts only where there is a layer', () => {
    expect(() => open(pruningTopP as AnyPolicy, { from_layer: 8 }, engine)).toThrow(/from_layer 8 .* 8 layers/);
    expect(cutsOf({ from_layer: null, stages: 1 }, 30)).toEqual([15]);
    expect(cutsOf({ from_layer: 6, stages: 9 }, 8)).toEqual([6, 7]);
    expect(cutsOf({ from_layer: 2, stages: 3 }, 8)).toEqual([2, 4, 6]);
    expect(() => cutsOf({ from_layer: null, stages: 1 }, 1)).toThrow(/1 layers/);
  });
});

describe('dynamic_pruning_entropy', () => {
  const entropy = pruningEntropy as AnyPolicy;

  it('above its threshold drops nothing, and the split run has the baseline’s bits', async () => {
    const [mine, theirs] = [recording(engine), recording(engine)];
    const answer = await play(open(entropy, { entropy_threshold: 0.01 }, mine), callOf(0));
    const expected = await play(open(baseline, {}, theirs), callOf(0));
    expect(answer.counters.sums).toMatchObject({ pruned_rows: 0, prune_checks: 1 });
    expect(answer.counters.sums.passes).toBe((expected.counters.sums.passes ?? 0) + 1);
    expect(mine.logits()).toEqual(theirs.logits());
  });

  it('at or below it keeps the top-p set, with support ⌈e^H⌉ tokens', async () => {
    const top = await watch(pruningTopP as AnyPolicy, params, 0);
    const gate = await watch(entropy, { ...params, entropy_threshold: 9 }, 0);
    expect(gate.keptAt(4)).toEqual(top.keptAt(4));
    const support = await watch(entropy, { ...params, entropy_threshold: 9, count: 'support' }, 0);
    const nats = support.counters.sums.prune_entropy!;
    expect(support.keptAt(4)).toHaveLength(Math.ceil(Math.exp(nats)) + 4 + params.window);
  });

  it('measures what it reports: H of the renormalised mass between sinks and window', async () => {
    const { counters, promptLength: n } = await watch(entropy, params, 0);
    const mass = (await attentionOf(0, 3, params.window)).slice(4, n - params.window);
    const total = mass.reduce((sum, amount) => sum + amount, 0);
    const nats = -mass.reduce((sum, amount) => sum + (amount / total) * Math.log(amount / total), 0);
    expect(counters.sums.prune_entropy).toBeCloseTo(nats, 5);
  });

  it('asks every cut anew', async () => {
    const all = await watch(entropy, { ...params, stages: 4, entropy_threshold: 9 }, 0);
    expect(all.counters.sums.prune_checks).toBe(4);
    expect(all.counters.tallies.kept_at_layer).toEqual(
      Object.fromEntries([4, 5, 6, 7].map((layer) => [layer, all.keptAt(layer).length])),
    );
  });
});

describe('decide', () => {
  const shared = {
    min_tokens: 10,
    top_p: 0.9,
    from_layer: null,
    window: null,
    sinks: 4,
    score_layers: 1,
    stages: 1,
    scorer: null,
    least_prompt: 150,
  };
  const rule = (changes: Partial<PruningParams>): PruningParams => ({
    ...shared,
    entropy_threshold: 2,
    entropy_unit: 'nats',
    count: 'gate',
    ...changes,
  });
  const equal = (n: number) => new Array(n).fill(1);

  it('at 2 nats fires for 7 equal tokens, not for 8', () => {
    expect(decide(equal(7), rule({ min_tokens: 1 })).kept).toHaveLength(7);
    expect(decide([...equal(7), 0, 0], rule({ min_tokens: 1 })).kept).toHaveLength(7);
    expect(decide([...equal(8), 0, 0], rule({ min_tokens: 1 })).kept).toHaveLength(10);
  });

  it('with support keeps min_tokens below ln 10 nats and ⌈e^H⌉ above', () => {
    const peaked = [...equal(7), ...new Array(23).fill(0)];
    expect(decide(peaked, rule({ count: 'support' })).kept).toHaveLength(10);
    const wide = [...equal(20), ...new Array(10).fill(0)];
    expect(decide(wide, rule({ count: 'support', entropy_threshold: 3 })).kept).toHaveLength(20);
  });

  it('as a share compares with ln n', () => {
    expect(decide(equal(30), rule({ entropy_unit: 'share', entropy_threshold: 0.99 })).kept).toHaveLength(30);
    const half = [...equal(15), ...new Array(15).fill(0)];
    expect(decide(half, rule({ entropy_unit: 'share', entropy_threshold: 0.9 })).kept).toHaveLength(14);
  });

  it('never fires below 0 nats, and always keeps at least min_tokens', () => {
    const scores = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(
        scores,
        fc.integer({ min: 1, max: 60 }),
        fc.constantFrom('gate', 'support'),
        (values, least, count) => {
          expect(decide(values, rule({ entropy_threshold: -1e-9, count })).kept).toHaveLength(values.length);
          const { kept } = decide(values, rule({ entropy_threshold: 99, min_tokens: least, count }));
          expect(kept.length).toBeGreaterThanOrEqual(Math.min(least, values.length));
        },
      ),
    );
  });
});
