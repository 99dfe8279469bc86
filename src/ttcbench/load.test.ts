import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { loadConfig } from '../config/index.ts';
import { createMeter, elapsed, type Generate, now } from '../core/index.ts';
import { createClientLoad } from './load.ts';
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
