import { describe, expect, it } from 'vitest';
import { type Generate, now, TtcError } from '../core/index.ts';
import type { ForecastCall } from '../runner/forecast.ts';
import { promptTokensOf } from '../runner/forecast.ts';
import { probeSpeed, secondsOf } from './probe-speed.ts';

const callOf = (words: number, maxTokens = 40): ForecastCall => ({
  messages: [{ role: 'user', content: 'word '.repeat(words) }],
  maxTokens,
});
const signal = new AbortController().signal;

/** So many ms for a prompt and for every further token; the stamps are made up, so no time passes. */
const engine = (tokens: (at: number) => number, asked: number[] = [], ms = (_: number) => [100, 10]): Generate =>
  async function* (call) {
    asked.push(call.maxTokens);
    const at = asked.length - 1;
    const [first, next] = ms(at) as [number, number];
    const sent = now();
    for (let i = 0; i < Math.min(tokens(at), call.maxTokens); i++)
      yield { type: 'text', at: sent + BigInt(first + next * i) * 1_000_000n, text: 'x', channel: 'answer', ids: [1] };
    yield { type: 'end', at: now(), reason: 'length' };
  };

const same = (value: number) => ({ low: expect.closeTo(value, 2), high: expect.closeTo(value, 2) });

describe('the speed of an engine', () => {
  it('is read off short calls, the first of which does not count', async () => {
    const asked: number[] = [];
    const slow = (at: number) => (at === 0 ? [9000, 900] : [100, 10]);
    const speed = await probeSpeed({ generate: engine(() => 99, asked, slow) }, Array(3).fill(callOf(10)), signal);
    expect(asked).toEqual([17, 17, 17, 17]);
    expect(speed).toEqual({
      ...{ calls: 3, tokens: 51, shortest: 17 },
      ...{ tokenMs: same(10), promptMs: same(100 / promptTokensOf(callOf(10))) },
    });
  });
  it('is a range from the fastest call to the slowest', async () => {
    const ms = (at: number) =>
      [
        [0, 0],
        [120, 12],
        [80, 8],
        [100, 10],
      ][at] as number[];
    const speed = await probeSpeed({ generate: engine((at) => 20 - 4 * at, [], ms) }, [callOf(10)], signal);
    expect(speed).toMatchObject({ calls: 3, shortest: 8, tokenMs: { low: expect.closeTo(8, 2) } });
    expect(speed?.tokenMs.high).toBeCloseTo(12, 2);
    expect((speed?.promptMs.high ?? 0) / (speed?.promptMs.low ?? 1)).toBeCloseTo(1.5, 2);
  });
  it('is read off more calls where answers are short, and not at all where there are none', async () => {
    const short = await probeSpeed({ generate: engine(() => 3) }, Array(9).fill(callOf(5)), signal);
    expect(short).toMatchObject({ calls: 6, tokens: 18, shortest: 3 });
    expect(await probeSpeed({ generate: engine(() => 1) }, [callOf(5)], signal)).toBeUndefined();
  });
  it('is read off the others where a prompt is too long', async () => {
    const refusing: Generate = async function* (call, context) {
      if (call.messages[0]?.content.length === 5) throw new TtcError('E_CONTEXT', 'too long');
      yield* engine(() => 99)(call, context);
    };
    const calls = [callOf(20), callOf(1), callOf(30), callOf(1)];
    expect(await probeSpeed({ generate: refusing }, calls, signal)).toMatchObject({ shortest: 17 });
    const none = probeSpeed({ generate: refusing }, [callOf(1)], signal);
    await expect(none).rejects.toMatchObject({ code: 'E_CONTEXT' });
  });
  it('gives the seconds of a run: prompts and short answers at the least, whole limits at the most', () => {
    const speed = { promptMs: { low: 2, high: 3 }, tokenMs: { low: 10, high: 20 }, shortest: 21 };
    const calls = [callOf(10, 101), callOf(10, 1)];
    const prompts = 2 * promptTokensOf(callOf(10));
    const { low, high } = secondsOf(calls, 3, speed);
    expect(low).toBeCloseTo((3 * (2 * prompts + 20 * 10)) / 1000, 9);
    expect(high).toBeCloseTo((3 * (3 * prompts + 100 * 20)) / 1000, 9);
  });
});
