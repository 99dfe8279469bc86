import { describe, expect, it } from 'vitest';
import { type Generate, now } from '../core/index.ts';
import type { ForecastCall } from '../runner/forecast.ts';
import { promptTokensOf } from '../runner/forecast.ts';
import { probeSpeed, secondsOf } from './probe-speed.ts';

const callOf = (words: number, maxTokens = 40): ForecastCall => ({
  messages: [{ role: 'user', content: 'word '.repeat(words) }],
  maxTokens,
});
const signal = new AbortController().signal;

/** 100 ms for a prompt, 10 ms for every further token; the stamps are made up, so no time passes. */
const engine = (tokens: (at: number) => number, asked: number[] = []): Generate =>
  async function* (call) {
    asked.push(call.maxTokens);
    const sent = now();
    for (let i = 0; i < Math.min(tokens(asked.length - 1), call.maxTokens); i++)
      yield { type: 'text', at: sent + BigInt(100 + 10 * i) * 1_000_000n, text: 'x', channel: 'answer', ids: [1] };
    yield { type: 'end', at: now(), reason: 'length' };
  };

describe('the speed of an engine', () => {
  it('is read off short calls, the first of which does not count', async () => {
    const asked: number[] = [];
    const speed = await probeSpeed({ generate: engine(() => 99, asked) }, [callOf(10), callOf(30), callOf(20)], signal);
    expect(asked).toEqual([17, 17]);
    expect(speed).toMatchObject({ calls: 1, tokens: 16 });
    expect(speed?.tokenMs).toBeCloseTo(10, 6);
    expect(speed?.promptMs).toBeCloseTo(100 / promptTokensOf(callOf(10)), 1);
  });
  it('is read off more calls where answers are short, and not at all where there are none', async () => {
    const short = await probeSpeed({ generate: engine(() => 3) }, Array(9).fill(callOf(5)), signal);
    expect(short).toMatchObject({ calls: 4, tokens: 8 });
    expect(await probeSpeed({ generate: engine(() => 1) }, [callOf(5)], signal)).toBeUndefined();
  });
  it('gives the seconds of a run', () => {
    const speed = { promptMs: 2, tokenMs: 10, calls: 1, promptTokens: 1, tokens: 1 };
    const calls = [callOf(10, 101), callOf(10, 1)];
    const prompts = 2 * promptTokensOf(callOf(10)) * 2;
    expect(secondsOf(calls, 3, speed)).toBeCloseTo((3 * (prompts + 1000)) / 1000, 9);
  });
});
