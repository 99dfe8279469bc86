import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { loadConfig } from '../config/index.ts';
import { createMeter, elapsed, type Generate, type Job, now, type Stop } from '../core/index.ts';
import { arrivalTimes } from '../pacing/open-loop.ts';
import { createClientLoad, timeoutsOf } from './limits.ts';
import { registries } from './registries.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'hrtime', 'Date'] }));
afterEach(() => void vi.useRealTimers());

async function timesOf(set: string[], count: number, maxTokens = 8): Promise<number[]> {
  const flags = { policy: ['baseline'], benchmark: ['extract'], backend: 'groq', set };
  const resolved = await loadConfig({ flags, registries, env: {} });
  const start = now();
  const times: number[] = [];
  const usage = { prompt: 4, completion: 8, origin: 'server' } as const;
  const generate: Generate = async function* (_, { meter }) {
    times.push(elapsed(start, now()));
    meter.call({ attempt: 1, sent: 0, end: 0, outcome: 'ok', usage });
    yield { type: 'end', at: now(), reason: 'stop' };
  };
  const wrapped = createClientLoad(resolved, undefined, []).wrap?.(generate) as Generate;
  const context = { signal: new AbortController().signal, meter: createMeter() };
  const call = { messages: [{ role: 'user' as const, content: '' }], maxTokens, temperature: 0, seed: 1 };
  const all = Promise.all(
    Array.from({ length: count }, async () => {
      for await (const _ of wrapped(call, context));
    }),
  );
  await vi.advanceTimersByTimeAsync(300_000);
  await all;
  return times;
}

describe('the limits of a configuration', () => {
  it('hold calls back: requests a minute', async () => {
    // A burst of 3, then 57 a minute: 60 in any minute.
    const times = await timesOf(['groq.requests_per_minute=60'], 100);
    const busiest = Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + 60_000).length));
    expect(busiest).toBeLessThanOrEqual(60);
    expect(times.filter((at) => at < 60_000).length).toBeGreaterThan(55);
  });

  it('hold calls back: requests a second', async () => {
    const times = await timesOf(['groq.requests_per_second=2'], 10);
    expect(times.slice(1).map((at, i) => at - times[i]!)).toEqual(Array(9).fill(500));
  });

  it('hold calls back: tokens a minute, prompt and allowance together', async () => {
    // 12 tokens a call: 4 of its prompt, 8 that it may write.
    const times = await timesOf(['tokens_per_minute=120'], 30);
    const busiest = Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + 60_000).length));
    expect(busiest * 12).toBeLessThanOrEqual(120);
  });

  it('are none by default', async () => {
    expect(Math.max(...(await timesOf([], 100)))).toBeLessThan(1000);
  });
});

const configOf = (...set: string[]) => {
  const flags = { policy: ['baseline'], benchmark: ['extract'], backend: 'groq', set };
  return loadConfig({ flags, registries, env: {} });
};

describe('the schedule of a configuration', () => {
  async function scheduleOf(count: number, ...set: string[]): Promise<{ times: number[]; ended: Stop | undefined }> {
    const { admission, enough } = createClientLoad(await configOf(...set), undefined, []);
    const start = now();
    const times: number[] = [];
    const all = (async () => {
      for (let i = 0; i < count; i++) {
        const { intended } = await admission!.admit({} as Job, new AbortController().signal);
        times.push(elapsed(start, intended!));
      }
    })();
    await vi.advanceTimersByTimeAsync(300_000);
    await all;
    return { times, ended: enough() };
  }

  it('is even, or random by the seed of the run', async () => {
    expect((await scheduleOf(4, 'rps=10')).times).toEqual([0, 100, 200, 300]);
    const { times } = await scheduleOf(50, 'rps=10', 'groq.arrivals=poisson', 'seed=7');
    const law = arrivalTimes({ rps: 10, arrivals: 'poisson', seed: 7 });
    for (const time of times) expect(time).toBeCloseTo(law.next().value as number, 3);
  });

  it('ends after its duration, but where it is random with its plan', async () => {
    const words = ['rps=10', 'duration=2'];
    expect((await scheduleOf(21, ...words)).ended).toEqual({ code: 'duration', limit: 2 });
    expect((await scheduleOf(60, ...words, 'arrivals=poisson')).ended).toBeUndefined();
  });
});

describe('the timeouts of a configuration', () => {
  it('are in milliseconds, and the bound on a call leaves room for its trial', async () => {
    expect(timeoutsOf(await configOf())).toEqual({ total: 600_000 });
    expect(timeoutsOf(await configOf('gap_timeout=0.5', 'timeout=1200'))).toEqual({ gap: 500, total: 1_200_000 });
  });
});
