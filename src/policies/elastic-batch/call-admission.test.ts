import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createVirtualServer, createVirtualTime, tokensOf } from '../../../test/support/virtual-time.ts';
import { type Call, createMeter } from '../../core/index.ts';
import { firstCome, longestFirst } from '../../decode/index.ts';
import { admitted } from './call-admission.ts';

/** Jobs of so many milliseconds, all offered at once. */
async function play(jobs: readonly number[], slots: number, order: 'arrival' | 'longest', maxTokens = 1e6) {
  const time = createVirtualTime();
  const server = createVirtualServer(time);
  const target = server.source({
    ...{ name: 'target', ttft: 1, tpot: 1 },
    answer: ({ maxTokens: length }) => tokensOf('w '.repeat(length).trim()),
  });
  const edges = Array.from({ length: 64 }, (_, at) => at + 1);
  const rule =
    order === 'arrival' ? firstCome : longestFirst({ expected: ({ tokens }) => tokens, edges, patience: 1e6 });
  const generate = admitted(target, { slots, maxTokens, repack: true, rule, count: () => 0 });
  const meters = jobs.map(() => createMeter());
  const signal = new AbortController().signal;
  const texts = await time.run(
    Promise.all(
      jobs.map(async (length, at) => {
        const call: Call = { messages: [], maxTokens: length, temperature: 0, seed: at };
        let text = '';
        for await (const part of generate(call, { signal, meter: meters[at]! }))
          if (part.type === 'text') text += part.text;
        return text;
      }),
    ),
  );
  return { makespan: time.now(), server, texts, meters };
}

/** The least makespan, by trying everything. */
function best(jobs: readonly number[], workers: number): number {
  const loads = new Array<number>(workers).fill(0);
  const place = (at: number): number => {
    if (at === jobs.length) return Math.max(...loads);
    let least = Number.POSITIVE_INFINITY;
    for (let worker = 0; worker < workers; worker++) {
      loads[worker] = (loads[worker] as number) + (jobs[at] as number);
      least = Math.min(least, place(at + 1));
      loads[worker] = (loads[worker] as number) - (jobs[at] as number);
    }
    return least;
  };
  return place(0);
}

describe('admission control', () => {
  it.each([
    [[5, 5, 4, 4, 3, 3, 3], 15, 14],
    [[3, 3, 2, 2, 2], 7, 6],
  ])('longest first takes %j on two places in %i, where %i is possible', async (jobs, expected, possible) => {
    expect((await play(jobs, 2, 'longest')).makespan).toBe(expected);
    expect(best(jobs, 2)).toBe(possible);
  });

  it('keeps Graham’s bounds: 2 − 1/m in order of arrival, 4/3 − 1/(3m) longest first', async () => {
    const jobs = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 7 });
    await fc.assert(
      fc.asyncProperty(jobs, fc.integer({ min: 1, max: 3 }), async (lengths, slots) => {
        const least = best(lengths, slots);
        expect((await play(lengths, slots, 'arrival')).makespan).toBeLessThanOrEqual((2 - 1 / slots) * least + 1e-9);
        expect((await play(lengths, slots, 'longest')).makespan).toBeLessThanOrEqual(
          (4 / 3 - 1 / (3 * slots)) * least + 1e-9,
        );
      }),
      { numRuns: 40, seed: 3 },
    );
  });

  it('never has more calls in flight than places, nor more tokens than it may', async () => {
    for (const order of ['arrival', 'longest'] as const) {
      expect((await play([4, 4, 4, 4, 4], 3, order)).server.most('target')).toBe(3);
      expect((await play([4, 4, 4, 4, 4], 3, order, 9)).server.most('target')).toBe(2);
    }
  });

  it('changes no request, and gives each caller the answer to its own', async () => {
    const { server, texts, meters } = await play([3, 1, 2], 1, 'longest');
    expect(server.calls.map(({ call }) => call.maxTokens)).toEqual([3, 2, 1]);
    expect(server.calls.every(({ call }) => Object.keys(call).length === 4)).toBe(true);
    expect(texts.map((text) => text.split(' ').length)).toEqual([3, 1, 2]);
    expect(meters.map(({ counters }) => counters.sums.held_calls)).toEqual([0, 1, 1]);
  });

  it('gives up the place in line of a caller who leaves', async () => {
    const time = createVirtualTime();
    const server = createVirtualServer(time);
    const target = server.source({ name: 'target', ttft: 5, tpot: 5, answer: () => ['a', ' b'] });
    const generate = admitted(target, { slots: 1, maxTokens: 99, repack: true, rule: firstCome, count: () => 0 });
    const call: Call = { messages: [], maxTokens: 9, temperature: 0, seed: 1 };
    const leaving = new AbortController();
    const read = async (signal: AbortSignal) => {
      for await (const _ of generate(call, { signal, meter: createMeter() }));
      return 'ended';
    };
    const outcomes = [new AbortController().signal, leaving.signal, new AbortController().signal].map((signal) =>
      read(signal).catch(() => 'left'),
    );
    setImmediate(() => setImmediate(() => leaving.abort()));
    expect(await time.run(Promise.all(outcomes))).toEqual(['ended', 'left', 'ended']);
    expect(server.calls).toHaveLength(2);
  });
});
