import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Call, createMeter, elapsed, type Generate, now, TtcError } from '../core/index.ts';
import { retry, waitAfter } from './retry.ts';

const call: Call = { messages: [], maxTokens: 1, temperature: 0, seed: 0 };
const busy = (after?: number) =>
  new TtcError('E_RATE_LIMIT', 'busy', { retry: { ...(after === undefined ? {} : { after }) } });
const final = new TtcError('E_REQUEST', 'too large');

/** Fails with each of the errors in turn, then answers. */
function flaky(errors: readonly Error[], speakFirst = false): Generate {
  let attempt = 0;
  return async function* (_, context) {
    const error = errors[attempt++];
    const time = elapsed(context.intended!, now());
    context.meter.call({ attempt: 1, sent: time, end: time, outcome: error ? 'failed' : 'ok' });
    if (speakFirst) yield { type: 'text', at: now(), text: 'half', channel: 'answer' };
    if (error) throw error;
    yield { type: 'end', at: now(), reason: 'stop' };
  };
}

async function ask(generate: Generate, signal = new AbortController().signal) {
  const meter = createMeter();
  let error: unknown;
  try {
    for await (const _ of generate(call, { signal, meter }));
  } catch (thrown) {
    error = thrown;
  }
  return { counters: meter.counters, error };
}

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'hrtime', 'Date'] }));
afterEach(() => void vi.useRealTimers());

describe('retry', () => {
  it('records every attempt, with times after the one intended send', async () => {
    const asking = ask(retry(flaky([busy(3000), busy(3000)]), { random: () => 0 }));
    await vi.advanceTimersByTimeAsync(6001);
    const { counters, error } = await asking;
    expect(error).toBeUndefined();
    expect(counters.calls.map((record) => [record.attempt, Math.round(record.sent), record.outcome])).toEqual([
      [1, 0, 'failed'],
      [2, 3000, 'failed'],
      [3, 6000, 'ok'],
    ]);
    expect(counters.sums).toMatchObject({ retries: 2, retry_wait_ms: 6000 });
  });

  it('gives up after so many attempts, with the last error', async () => {
    const asking = ask(retry(flaky(Array.from({ length: 9 }, () => busy())), { attempts: 3 }));
    await vi.advanceTimersByTimeAsync(60_000);
    const { counters, error } = await asking;
    expect([counters.calls.length, (error as Error).message]).toEqual([3, 'busy']);
  });

  it('does not send again what cannot succeed, nor what was half heard', async () => {
    expect((await ask(retry(flaky([final])))).counters.calls).toHaveLength(1);
    const heard = await ask(retry(flaky([busy(0)], true)));
    expect([heard.counters.calls.length, heard.error]).toEqual([1, expect.objectContaining({ message: 'busy' })]);
  });

  it('an abort ends the wait', async () => {
    const controller = new AbortController();
    const asking = ask(retry(flaky([busy(50_000)])), controller.signal);
    await vi.advanceTimersByTimeAsync(10);
    controller.abort(new Error('enough'));
    expect((await asking).error).toEqual(new Error('enough'));
  });

  it.each([
    ['full jitter, doubling', undefined, 3, 0.5, 1000],
    ['a cap on the back-off', undefined, 4, 0.5, 1000],
    ["the server's wish, and a little more", 2000, 1, 0.5, 2250],
    ['no patience for a wait of minutes', 400_000, 1, 0.5, undefined],
    ['no attempt too many', undefined, 5, 0.5, undefined],
  ])('%s', (_, after, attempt, random, wait) => {
    expect(waitAfter(busy(after), attempt, { random: () => random, cap: 2000 })).toBe(wait);
  });
});
