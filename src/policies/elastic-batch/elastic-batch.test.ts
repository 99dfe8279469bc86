import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type BenchEngine, openTiny8, recording } from '../../../test/contract/bench-engine.ts';
import { brokenBatching } from '../../../test/contract/broken/batching.ts';
import { callOf, open, type Played, play } from '../../../test/contract/contract.ts';
import { count } from '../../../test/support/depth.ts';
import type { AnyPolicy, Call, Generate } from '../../core/index.ts';
import { baseline } from '../baseline/baseline.ts';
import { compose } from '../compose.ts';
import { elasticBatchGreedy as greedy, elasticBatchSorted as sorted } from './elastic-batch.ts';

let engine: BenchEngine;
const known = new Map<string, Alone>();
beforeAll(async () => {
  engine = await openTiny8();
});
afterEach(() => expect(engine.openSequences).toBe(0));
afterAll(() => engine[Symbol.asyncDispose]());

interface Alone extends Played {
  /** Every row of logits, as one text. */
  logits: string;
}

/** The call played alone by the baseline: what every batch must give it, logits included. */
async function alone(call: Call): Promise<Alone> {
  const key = JSON.stringify(call);
  const found = known.get(key);
  if (found) return found;
  const recorded = recording(engine);
  const played = await play(open(baseline, {}, recorded), call);
  const result = { ...played, logits: String(recorded.logits()[0]) };
  known.set(key, result);
  return result;
}

interface Offered {
  sample: number;
  temperature: number;
  seed: number;
  maxTokens: number;
  /** Turns of the event loop before it is offered. */
  late: number;
  /** Parts after which it is cancelled. */
  cancelled: number | undefined;
}

describe('every call of a batch gets what it gets alone', () => {
  const variants = fc.constantFrom<[AnyPolicy, object]>([greedy, {}], [sorted, {}], [sorted, { predict: 'limit' }]);
  const options = fc.record({
    slots: fc.integer({ min: 1, max: 6 }),
    max_batch_tokens: fc.constantFrom(1, 250, 500, 2048),
    repack: fc.boolean(),
  });
  const offered: fc.Arbitrary<Offered> = fc.record({
    sample: fc.constantFrom(0, 5, 11, 17, 23, 29),
    temperature: fc.constantFrom(0, 0.9),
    seed: fc.integer({ min: 1, max: 3 }),
    maxTokens: fc.constantFrom(1, 3, 12),
    late: fc.integer({ min: 0, max: 12 }),
    cancelled: fc.constantFrom(undefined, undefined, undefined, 0, 1, 3),
  });
  const toCall = ({ sample, temperature, seed, maxTokens }: Offered) =>
    callOf(sample, { temperature, seed, maxTokens, sampling: { topP: 0.95 } });

  async function offer(generate: Generate, one: Offered): Promise<number[] | undefined> {
    for (let at = 0; at < one.late; at++) await turn();
    const abortAfter = one.cancelled ?? Number.POSITIVE_INFINITY;
    return play(generate, toCall(one), { abortAfter }).then(
      ({ ids }) => ids,
      () => undefined,
    );
  }

  /** Which call differs from itself alone; cancelled ones may end as they like. */
  async function differing(
    policy: AnyPolicy,
    params: Record<string, unknown>,
    calls: readonly Offered[],
    compare: 'ids' | 'logits' = 'logits',
  ): Promise<number[]> {
    const recorded = recording(engine);
    const generate = open(policy, params, recorded);
    const together = await Promise.all(calls.map((one) => offer(generate, one)));
    const streams = new Set(recorded.logits().map(String));
    const wrong: number[] = [];
    for (const [at, one] of calls.entries()) {
      const { ids, logits } = await alone(toCall(one));
      if (one.cancelled !== undefined) continue;
      const same = compare === 'ids' || streams.has(logits);
      if (!same || JSON.stringify(together[at]) !== JSON.stringify(ids)) wrong.push(at);
    }
    return wrong;
  }

  it('token by token and logit by logit, in any order of arrival, with any slots, whoever is cancelled beside it', async () => {
    await fc.assert(
      fc.asyncProperty(
        variants,
        options,
        fc.array(offered, { minLength: 2, maxLength: 8 }),
        async ([policy, more], settings, calls) => {
          expect(await differing(policy, { ...settings, ...more }, calls)).toEqual([]);
          expect(engine.openSequences).toBe(0);
        },
      ),
      { numRuns: count(12, 40) },
    );
  }, 60_000);

  it('with verified drafts of several calls in a pass, too', async () => {
    await fc.assert(
      fc.asyncProperty(options, fc.array(offered, { minLength: 2, maxLength: 6 }), async (settings, calls) => {
        const params = { elastic_batch_greedy: settings };
        // Verified passes give rows in other portions, so their tokens are compared, not the order of their rows.
        const policy = compose('elastic_batch_greedy+speculative_decoding');
        expect(await differing(policy, params, calls, 'ids')).toEqual([]);
      }),
      { numRuns: count(5, 15) },
    );
  }, 60_000);

  it.each(['shares_random', 'leaks_rows'])('the same check finds what %s does', async (name) => {
    const { policy } = brokenBatching.find((one) => one.policy.name === name) as (typeof brokenBatching)[number];
    const call = { temperature: 0.9, maxTokens: 12, late: 0, cancelled: undefined };
    const calls = [0, 5, 11].map((sample) => ({ ...call, sample, seed: 1 }));
    expect(await differing(policy, {}, calls)).not.toEqual([]);
    expect(await differing(greedy, {}, calls)).toEqual([]);
  });

  it('permuted, they get the same answers permuted', async () => {
    const calls = [0, 5, 11, 17, 23].map((sample) => callOf(sample, { temperature: 0.7 }));
    const order = [3, 0, 4, 2, 1];
    const answers = async (list: readonly Call[]) => {
      const generate = open(sorted, { slots: 3 }, engine);
      return (await Promise.all(list.map((call) => play(generate, call)))).map(({ text }) => text);
    };
    const straight = await answers(calls);
    const permuted = await answers(order.map((at) => calls[at] as Call));
    expect(permuted).toEqual(order.map((at) => straight[at]));
    expect(new Set(straight).size).toBeGreaterThan(3);
  });
});

describe('occupancy', () => {
  it('is never above the slots', async () => {
    for (const slots of [1, 3]) {
      const generate = open(sorted, { slots }, engine);
      const played = await Promise.all([0, 5, 11, 17, 23].map((sample) => play(generate, callOf(sample))));
      const together = played.flatMap(({ counters }) => Object.keys(counters.tallies.pass_sequences ?? {}).map(Number));
      expect(Math.max(...together)).toBe(slots);
    }
  });
});

describe('longest first', () => {
  it('learns from ended calls how long answers are', async () => {
    const generate = open(sorted, { slots: 1 }, engine);
    const call = callOf(0, { maxTokens: 200 });
    const first = await play(generate, call);
    const second = await play(generate, call);
    const unused = 200 - first.ids.length;
    // The end token is none of the answer's, and every token before it went through the cache.
    expect(first.counters.sums.length_error).toBe(unused);
    expect(second.counters.sums.length_error).toBe(0);
  });

  it('admits the longest prompts first and tells who was overtaken', async () => {
    const samples = [0, 5, 11, 17, 23, 29];
    const order: number[] = [];
    const generate = open(sorted, { slots: 1, buckets: [90, 100, 110, 120, 130, 140, 150, 160] }, engine);
    const played = await Promise.all(
      samples.map(async (sample) => {
        const one = await play(generate, callOf(sample, { maxTokens: 2 }));
        order.push(one.counters.sums.prompt_tokens as number);
        return one;
      }),
    );
    const bucket = (tokens: number) => Math.ceil((tokens + 2) / 10);
    expect(order.map(bucket)).toEqual(order.map(bucket).toSorted((a, b) => b - a));
    expect(new Set(order.map(bucket)).size).toBeGreaterThan(2);
    expect(played.some(({ counters }) => (counters.sums.overtaken ?? 0) > 0)).toBe(true);
  });

  it('overtakes nobody more often than allowed', async () => {
    const samples = [0, 5, 11, 17, 23, 29, 36, 3, 8, 14];
    const generate = open(sorted, { slots: 1, max_overtaken: 2 }, engine);
    const played = await Promise.all(samples.map((sample) => play(generate, callOf(sample, { maxTokens: 2 }))));
    expect(Math.max(...played.map(({ counters }) => counters.sums.overtaken ?? 0))).toBe(2);
  });
});
