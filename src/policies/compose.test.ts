import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BenchEngine, openTiny8 } from '../../test/contract/bench-engine.ts';
import { callOf, open, play } from '../../test/contract/contract.ts';
import { watching } from '../../test/contract/watching.ts';
import { type AnyPolicy, validate } from '../core/index.ts';
import { baseline } from './baseline/baseline.ts';
import { compose } from './compose.ts';
import { policies } from './index.ts';

let engine: BenchEngine;
beforeAll(async () => {
  engine = await openTiny8();
});
afterAll(() => engine[Symbol.asyncDispose]());

const realised = (name: string) => compose(name).engine as NonNullable<AnyPolicy['engine']>;
const paramsOf = (name: string, given: object = {}) =>
  validate<Record<string, unknown>>(compose(name).params, given, name);
const fidelity = (name: string, given: object = {}) => realised(name).fidelity(paramsOf(name, given));

describe('what goes together', () => {
  const batching = ['elastic_batch_greedy', 'elastic_batch_sorted'];
  const others = policies.flatMap(({ variants }) => Object.keys(variants)).filter((name) => !batching.includes(name));

  it.each(batching.flatMap((batch) => others.map((other) => `${batch}+${other}`)))('%s', (name) => {
    expect(realised(name).decides?.(paramsOf(name))).toContain('passes');
    expect(realised(name).blockSize?.(paramsOf(name))).toBe(32);
  });

  it.each([
    'dynamic_pruning_top_p+speculative_decoding',
    'early_exit_28+dynamic_pruning_entropy',
    'elastic_batch_greedy+dynamic_pruning_top_p+speculative_decoding_layers',
  ])('%s', (name) => {
    expect(realised(name).decides?.(paramsOf(name))).toEqual(expect.arrayContaining(['prompt', 'steps']));
  });

  it('a KV budget that cuts the prompt only goes with speculation', () => {
    const given = { adaptive_kv_static: { evict: 'prompt' } };
    expect(fidelity('speculative_decoding+adaptive_kv_static', given)).toBe('lossy');
  });
});

describe('what is refused, with its reason', () => {
  const refusal = (name: string, given: object = {}) => {
    try {
      realised(name).open(engine, paramsOf(name, given), {});
    } catch (error) {
      return error;
    }
    return undefined;
  };
  it.each([
    ['speculative_decoding+adaptive_kv_static', 'both decide every step of decoding'],
    ['speculative_decoding+early_exit_28', 'both decide every step of decoding'],
    ['baseline+early_exit_28', 'both decide every step of decoding'],
    ['dynamic_pruning_top_p+dynamic_pruning_entropy', 'both decide how the prompt gets into the cache'],
    ['dynamic_pruning_top_p+adaptive_kv_cosine', 'both decide how the prompt gets into the cache'],
    ['elastic_batch_greedy+elastic_batch_sorted', 'both decide which passes run together'],
  ])('%s', (name, reason) => {
    const [first, second] = name.split('+');
    expect(refusal(name)).toMatchObject({
      code: 'E_COMPOSE',
      message: `${first} and ${second} ${reason}`,
      help: expect.stringContaining('batching goes with any policy'),
    });
    expect(() => fidelity(name)).toThrow(reason);
    expect(refusal([second, first].join('+'))).toMatchObject({ code: 'E_COMPOSE' });
  });

  it('the same policy twice, and names that do not exist', () => {
    expect(() => compose('early_exit_28+early_exit_28')).toThrow('early_exit_28 stands in');
    expect(() => compose('elastic_batch_greedy+no_policy')).toThrow('no_policy');
  });
});

describe('parameters', () => {
  it('stand under the names of the variants, each checked by its own policy', () => {
    const given = { elastic_batch_greedy: { slots: 3 } };
    expect(paramsOf('elastic_batch_greedy+early_exit_28', given)).toMatchObject({
      elastic_batch_greedy: { slots: 3, max_batch_tokens: 2048 },
      early_exit_28: { exit_layer: 28, confidence_threshold: 0.8 },
    });
    expect(() => paramsOf('elastic_batch_greedy+baseline', { elastic_batch_greedy: { slots: 0 } })).toThrow(
      'elastic_batch_greedy.slots',
    );
    expect(() => paramsOf('elastic_batch_greedy+baseline', { early_exit_28: {} })).toThrow('not one of the composed');
  });

  it('survive a second validation, in the process of the engine', () => {
    for (const name of ['elastic_batch_sorted+speculative_decoding', 'elastic_batch_greedy+adaptive_kv_cosine']) {
      const once = paramsOf(name);
      expect(paramsOf(name, JSON.parse(JSON.stringify(once)))).toEqual(once);
    }
  });
});

describe('a composition', () => {
  it('is as faithful as the weakest of its members with these parameters', () => {
    expect(fidelity('elastic_batch_greedy+speculative_decoding')).toBe('exact');
    expect(fidelity('elastic_batch_greedy+early_exit_28')).toBe('lossy');
    expect(fidelity('elastic_batch_greedy+early_exit_28', { early_exit_28: { confidence_threshold: 2 } })).toBe(
      'exact',
    );
  });

  it('is another policy when a member changes', () => {
    const versions = ['elastic_batch_greedy', 'early_exit_28'].map(
      (name) => policies.find(({ variants }) => name in variants)?.version ?? 0,
    );
    expect(compose('elastic_batch_greedy+early_exit_28').version).toBe(versions.reduce((a, b) => a + b));
  });

  it('acts as each of its members: pruned prompts, drafted tokens, shared passes', async () => {
    const name = 'speculative_decoding+dynamic_pruning_top_p+elastic_batch_greedy';
    const { engine: watched, most } = watching(engine);
    const generate = open(compose(name), { elastic_batch_greedy: { slots: 2 } }, watched);
    const played = await Promise.all([0, 5, 11].map((sample) => play(generate, callOf(sample))));
    for (const counter of ['shared_passes', 'pruned_rows', 'drafted'])
      expect(
        played.reduce((sum, { counters }) => sum + (counters.sums[counter] ?? 0), 0),
        counter,
      ).toBeGreaterThan(0);
    expect(most()).toBe(2);
  });

  it('gives speculation the tokens that its prompt policy gives plain decoding', async () => {
    const pruned = policies.find(({ name }) => name === 'dynamic_pruning_top_p') as AnyPolicy;
    const params = { top_p: 0.5, from_layer: 2 };
    const both = open(compose('dynamic_pruning_top_p+speculative_decoding'), { dynamic_pruning_top_p: params }, engine);
    let moved = 0;
    for (const sample of [0, 5, 11, 17, 23, 29]) {
      const { ids } = await play(both, callOf(sample));
      expect(ids).toEqual((await play(open(pruned, params, engine), callOf(sample))).ids);
      if (`${ids}` !== `${(await play(open(baseline, {}, engine), callOf(sample))).ids}`) moved++;
    }
    expect(moved).toBeGreaterThan(0);
  });

  it('holds as little memory as its KV budget asks for, drafts or not', async () => {
    const name = 'speculative_decoding+adaptive_kv_static';
    const params = { adaptive_kv_static: { evict: 'prompt', ratio: 0.4 } };
    const cut = await play(open(compose(name), params, engine), callOf(5));
    const whole = await play(open(baseline, {}, engine), callOf(5));
    const mean = ({ sums }: typeof whole.counters) => (sums.kv_bytes_sum as number) / (sums.kv_steps as number);
    expect(mean(cut.counters) / mean(whole.counters)).toBeLessThan(0.6);
    expect(cut.counters.sums.drafted).toBeGreaterThan(0);
  });
});
