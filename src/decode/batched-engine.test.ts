import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type BenchEngine, openTiny8 } from '../../test/contract/bench-engine.ts';
import { callOf, open, play } from '../../test/contract/contract.ts';
import { watching } from '../../test/contract/watching.ts';
import { type Call, createMeter, type Engine, type Pass, type Sequence } from '../core/index.ts';
import { baseline } from '../policies/baseline/baseline.ts';
import { compose } from '../policies/compose.ts';
import { elasticBatchGreedy as greedy } from '../policies/elastic-batch/elastic-batch.ts';
import { firstCome } from './admission.ts';
import { batched } from './batched-engine.ts';

let engine: BenchEngine;
beforeAll(async () => {
  engine = await openTiny8();
});
afterEach(() => expect(engine.openSequences).toBe(0));
afterAll(() => engine[Symbol.asyncDispose]());

const alone = (call: Call) => play(open(baseline, {}, engine), call);

const isPrompt = ({ prefill }: Pass) => prefill === true;
const rowsOf = (group: readonly Pass[]) => group.reduce((sum, { positions }) => sum + positions.length, 0);
/** Calls of exactly so many tokens: tiny8's answers to these prompts are longer than the limit. */
const longAnswers = [0, 1, 2, 3, 4, 5, 6, 7];
const callsOf = (limits: readonly number[]) =>
  limits.map((maxTokens, at) => callOf(longAnswers[at] as number, { maxTokens, stop: [] }));

describe('the passes of a batch', () => {
  it('are as few as the longest call needs', async () => {
    const limits = [9, 3, 7, 5];
    const calls = callsOf(limits);
    for (const call of calls) expect((await alone(call)).ids).toHaveLength(call.maxTokens);
    const { engine: watched, groups } = watching(engine);
    const generate = open(greedy, {}, watched);
    const played = await Promise.all(calls.map((call) => play(generate, call)));
    const decoding = groups.filter((group) => !group.some(isPrompt));
    // The first token comes with the prompt: a call of n tokens takes part in n − 1 passes.
    expect(decoding.map((group) => group.length)).toEqual([4, 4, 3, 3, 2, 2, 1, 1]);
    expect(played.map(({ counters }) => counters.sums.shared_passes ?? 0)).toEqual([6, 2, 6, 4]);
    expect(played[0]?.counters.tallies.pass_sequences).toEqual({ 4: 2, 3: 2, 2: 2, 1: 2 });
  });

  it('take in who waits as soon as a call ends; a static batch waits for all', async () => {
    const calls = callsOf([9, 3, 3, 3]);
    const count = async (repack: boolean) => {
      const { engine: watched, groups, most } = watching(engine);
      const generate = open(greedy, { slots: 2, repack }, watched);
      await Promise.all(calls.map((call) => play(generate, call)));
      expect(most()).toBe(2);
      return groups.filter((group) => !group.some(isPrompt)).length;
    };
    expect(await count(true)).toBe(8);
    expect(await count(false)).toBe(8 + 2);
  });

  it('never mix a prompt with anything, and hold at most 16 rows of one kind', async () => {
    const { engine: watched, groups } = watching(engine);
    const generate = open(compose('elastic_batch_greedy+speculative_decoding_layers'), {}, watched);
    await Promise.all([0, 5, 11, 17, 23, 29].map((sample) => play(generate, callOf(sample))));
    const shared = groups.filter((group) => group.length > 1);
    expect(shared.length).toBeGreaterThan(10);
    for (const group of shared) {
      expect(group.some(isPrompt)).toBe(false);
      expect(rowsOf(group)).toBeLessThanOrEqual(16);
      expect(new Set(group.map(({ layers, kvOnly, tokens }) => `${layers} ${kvOnly} ${!tokens}`)).size).toBe(1);
    }
    // Verified rows of several calls run together.
    expect(shared.some((group) => group.every(({ positions }) => positions.length > 1))).toBe(true);
  });

  it('do not wait for a reader that is slow', async () => {
    const generate = open(greedy, {}, engine);
    const stream = generate(callOf(0), { signal: new AbortController().signal, meter: createMeter() });
    const slow = stream[Symbol.asyncIterator]();
    await slow.next();
    const others = await Promise.all([5, 11].map((sample) => play(generate, callOf(sample))));
    expect(others.every(({ parts }) => parts.at(-1)?.type === 'end')).toBe(true);
    const rest: number[] = [];
    for (let next = await slow.next(); !next.done; next = await slow.next()) {
      if (next.value.type === 'text') rest.push(...(next.value.ids ?? []));
    }
    expect(rest).toEqual((await alone(callOf(0))).ids.slice(-rest.length));
  });
});

describe('slots and memory', () => {
  it('waiting calls hold no cache, and every sequence that is opened is closed', async () => {
    const { engine: watched, held, most } = watching(engine);
    const generate = open(greedy, { slots: 3 }, watched);
    await Promise.all([0, 5, 11, 17, 23, 29, 36].map((sample) => play(generate, callOf(sample, { maxTokens: 6 }))));
    expect(most()).toBe(3);
    expect(held()).toBe(0);
  });

  it('max_batch_tokens limits prompts and answers together; a larger call runs alone', async () => {
    const needs = await Promise.all(
      [0, 5, 11].map(async (sample) => ((await alone(callOf(sample))).counters.sums.prompt_tokens as number) + 24),
    );
    const together = async (max_batch_tokens: number) => {
      const { engine: watched, most } = watching(engine);
      const generate = open(greedy, { max_batch_tokens }, watched);
      const played = await Promise.all([0, 5, 11].map((sample) => play(generate, callOf(sample))));
      refused = played.map(({ counters }) => Object.keys(counters.tallies.no_room ?? {}).map(Number));
      return most();
    };
    let refused: number[][] = [];
    const [first, second, third] = needs as [number, number, number];
    expect(await together(first + second + third)).toBe(3);
    expect(refused).toEqual([[], [], []]);
    expect(await together(first + second + third - 1)).toBe(2);
    expect(refused).toEqual([[], [], []]);
    expect(await together(1)).toBe(1);
    expect(refused).toEqual([[], [first + second], [second + third]]);
  });

  it('calls of one token share no pass, and none of them says that two had no room', async () => {
    const calls = longAnswers.map((sample) => callOf(sample, { maxTokens: 1, stop: [] }));
    const { engine: watched, most } = watching(engine);
    const generate = open(greedy, { max_batch_tokens: 700 }, watched);
    const played = await Promise.all(calls.map((call) => play(generate, call)));
    expect(most()).toBeGreaterThan(1);
    expect(most()).toBeLessThan(calls.length);
    expect(played.map(({ counters }) => [counters.sums.shared_passes, counters.tallies.no_room])).toEqual(
      calls.map(() => [undefined, undefined]),
    );
  });

  it('a call that is cancelled in the queue leaves it at once, without having run', async () => {
    const generate = open(greedy, { slots: 1 }, engine);
    const controller = new AbortController();
    const meter = createMeter();
    const running = play(generate, callOf(0, { maxTokens: 12 }));
    const waiting = generate(callOf(5), { signal: controller.signal, meter })[Symbol.asyncIterator]().next();
    await turn();
    await turn();
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'E_ABORTED' });
    expect(meter.counters.sums.passes).toBeUndefined();
    expect(meter.counters.sums.queue_ms).toBeGreaterThan(0);
    const next = await play(generate, callOf(11, { maxTokens: 3 }));
    expect(next.ids).toHaveLength(3);
    await running;
  });

  it('a running call that is cancelled makes room for the next', async () => {
    const generate = open(greedy, { slots: 1 }, engine);
    const cut = play(generate, callOf(0), { abortAfter: 2 });
    const next = play(generate, callOf(5));
    await expect(cut).rejects.toThrow();
    expect((await next).ids).toEqual((await alone(callOf(5))).ids);
  });

  it('time in the queue is counted, and not as overhead of the policy', async () => {
    const generate = open(greedy, { slots: 1 }, engine);
    const [first, second] = await Promise.all([0, 5].map((sample) => play(generate, callOf(sample))));
    const busy = first?.counters.sums.forward_ms as number;
    expect(second?.counters.sums.queue_ms).toBeGreaterThan(busy);
    // However long the first waited, the second waited longer.
    expect(first?.counters.sums.queue_ms).toBeLessThan(second?.counters.sums.queue_ms as number);
    expect(second?.counters.sums.repacks).toBeUndefined();
  });
});

describe('a pass that the engine refuses', () => {
  /** Runs one row of each sequence at once; what became of each. */
  async function together(batch: Engine, rows: readonly { token: number; sequence: Sequence }[]) {
    const forwards = rows.map(({ token, sequence }) =>
      batch.forward([{ sequence, tokens: [token], positions: [0], logits: 1 }], ([output]) => {
        if (token === 7) throw new RangeError('the reader fails');
        return output!.logits.slice(0, 4);
      }),
    );
    return Promise.allSettled(forwards);
  }

  it('fails its own call only, and so does a reader that throws', async () => {
    const batch = batched(engine, { slots: 8, maxTokens: 1e6, rule: firstCome });
    const openOne = () => batch.open(8, { signal: new AbortController().signal, meter: createMeter() });
    const rows = [5, 99_999, 6, 7, 8].map((token) => ({ token, sequence: openOne() }));
    const outcome = await together(batch, rows);
    expect(outcome.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
    expect(outcome[1]).toMatchObject({ reason: { code: 'E_ARGUMENT' } });
    expect(outcome[3]).toMatchObject({ reason: expect.any(RangeError) });
    expect(rows.map(({ sequence }) => sequence.length())).toEqual([1, 0, 1, 1, 1]);
    for (const { sequence } of rows) sequence[Symbol.dispose]();
  });

  it('of a sequence that was closed, or is another engine’s, is refused as the engine does', async () => {
    const batch = batched(engine, { slots: 8, maxTokens: 1e6, rule: firstCome });
    const context = () => ({ signal: new AbortController().signal, meter: createMeter() });
    const closed = batch.open(8, context());
    closed[Symbol.dispose]();
    const foreign = engine.open(8, context());
    for (const sequence of [closed, foreign]) {
      const pass = { sequence, tokens: [5], positions: [0] };
      await expect(batch.forward([pass], () => undefined)).rejects.toMatchObject({ code: 'E_ARGUMENT' });
    }
    foreign[Symbol.dispose]();
  });

  it('passes of one sequence keep their order', async () => {
    const batch = batched(engine, { slots: 8, maxTokens: 1e6, rule: firstCome });
    using sequence = batch.open(8, { signal: new AbortController().signal, meter: createMeter() });
    const tokens = [5, 6, 7, 8];
    const lengths = tokens.map((token, position) =>
      batch.forward([{ sequence, tokens: [token], positions: [position] }], () => sequence.length()),
    );
    expect(await Promise.all(lengths)).toEqual([1, 2, 3, 4]);
  });
});
