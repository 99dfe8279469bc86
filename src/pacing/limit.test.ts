import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Call, type CallRecord, createMeter, type Generate, type Job, now, TtcError } from '../core/index.ts';
import { closedLoop } from './admission.ts';
import { requestBucket, tokenBucket } from './bucket.ts';
import { limit, reservation, withRoom } from './limit.ts';
import { createLimiter } from './limiter.ts';

const signal = new AbortController().signal;
const call = (maxTokens = 6): Call => ({
  messages: [{ role: 'user', content: '' }],
  maxTokens,
  temperature: 0,
  seed: 0,
});
const record = (more: Partial<CallRecord> = {}): CallRecord => ({
  attempt: 1,
  sent: 0,
  end: 1,
  outcome: 'ok',
  ...more,
});

/** A source that answers at once and notes when it was asked. */
function source(answer: (context: Parameters<Generate>[1]) => void = () => {}) {
  const times: number[] = [];
  const generate: Generate = async function* (_, context) {
    times.push(Number(now()) / 1e6);
    answer(context);
    yield { type: 'end', at: now(), reason: 'stop' };
  };
  return { times, generate };
}

async function ask(generate: Generate, request = call(), meter = createMeter()) {
  for await (const _ of generate(request, { signal, meter }));
  return meter.counters;
}

/** The most amounts in any window, by trying every place it may begin. */
const busiest = (times: readonly number[], window: number) =>
  Math.max(...times.map((from) => times.filter((time) => time >= from && time < from + window).length));

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'hrtime', 'Date'] }));
afterEach(() => void vi.useRealTimers());

describe('buckets', () => {
  it('a request limit holds in every window, however greedy the caller', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), (perMinute) => {
        const bucket = requestBucket(perMinute, 60_000);
        const times: number[] = [];
        for (let time = 0; time < 180_000 && times.length < 1000; ) {
          const wait = bucket.wait(1, time);
          if (wait > 0) {
            time += Math.ceil(wait);
            continue;
          }
          bucket.take(1, time);
          times.push(time);
        }
        expect(busiest(times, 60_000)).toBeLessThanOrEqual(perMinute);
        expect(times.filter((time) => time < 120_000).length).toBeGreaterThanOrEqual(Math.floor(perMinute * 1.8));
      }),
      { numRuns: 40 },
    );
  });

  it('a token limit holds for calls up to half of it, and the largest call still gets through', () => {
    const bucket = tokenBucket(1000, 60_000, 300);
    const times: number[] = [];
    for (let time = 0; time < 300_000; time += 50)
      if (bucket.wait(300, time) === 0) {
        bucket.take(300, time);
        times.push(time);
      }
    expect(busiest(times, 60_000) * 300).toBeLessThanOrEqual(1000);
    expect(tokenBucket(1000, 60_000, 1000).wait(1000, 0)).toBe(0);
  });
});

describe('limit', () => {
  it('lets a minute of requests through in a minute, in the order of asking', async () => {
    const { times, generate } = source();
    const limited = limit(generate, createLimiter({ requestsPerMinute: 60 }));
    const all = Promise.all(Array.from({ length: 120 }, () => ask(limited)));
    await vi.advanceTimersByTimeAsync(130_000);
    await all;
    expect(busiest(times, 60_000)).toBeLessThanOrEqual(60);
    expect(times.at(-1)! - times[0]!).toBeLessThan(128_000);
  });

  it('says how long calls waited, and times count from the intended send', async () => {
    const { generate } = source();
    const limiter = createLimiter({ requestsPerSecond: 1 });
    const seen: (bigint | undefined)[] = [];
    const spy: Generate = (request, context) => {
      seen.push(context.intended);
      return generate(request, context);
    };
    const asked = now();
    await ask(limit(spy, limiter));
    const second = ask(limit(spy, limiter));
    await vi.advanceTimersByTimeAsync(1000);
    expect((await second).sums.limit_wait_ms).toBeCloseTo(1000, 0);
    expect(seen).toEqual([asked, asked]);
  });

  it('gives back what a call reserved but did not use', async () => {
    expect(reservation(call(96))).toBe(100);
    const usage = { prompt: 4, completion: 6, origin: 'server' as const };
    const { times, generate } = source((context) => context.meter.call(record({ usage })));
    const limited = limit(generate, createLimiter({ tokensPerMinute: 400 }));
    // 400 tokens a minute hold four reservations, but forty calls of 10 tokens.
    const all = (async () => {
      for (let i = 0; i < 30; i++) await ask(limited, call(96));
    })();
    await vi.advanceTimersByTimeAsync(61_000);
    await all;
    expect(times).toHaveLength(30);
  });

  it('does not give back what nobody counted: a cancelled call may have used it all', async () => {
    const usage = { prompt: 4, completion: 1, origin: 'estimate' as const };
    const { times, generate } = source((context) => context.meter.call(record({ outcome: 'aborted', usage })));
    const limited = limit(generate, createLimiter({ tokensPerMinute: 400 }));
    const all = Promise.all(Array.from({ length: 6 }, () => ask(limited, call(96))));
    await vi.advanceTimersByTimeAsync(59_000);
    expect(times.length).toBeLessThanOrEqual(4);
    await vi.advanceTimersByTimeAsync(120_000);
    await all;
  });

  it('learns the token limit from headers and keeps them out of the journal', async () => {
    const limits = { tokens: { limit: 400, remaining: 50, window: 'minute' as const } };
    const { times, generate } = source((context) => context.meter.call(record({ limits })));
    const limited = limit(generate, createLimiter());
    const counters = await ask(limited, call(96));
    expect(counters.calls[0]).not.toHaveProperty('limits');
    const second = ask(limited, call(96));
    await vi.advanceTimersByTimeAsync(1000);
    expect(times).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(20_000);
    await second;
  });

  it('refuses at once a call that can never fit', async () => {
    const { generate } = source();
    await expect(ask(limit(generate, createLimiter({ tokensPerMinute: 50 })), call(96))).rejects.toThrow(
      /reserves 100/,
    );
  });

  it('holds everybody when one call is refused', async () => {
    let refuse = true;
    const { times, generate } = source(() => {
      if (refuse) throw new TtcError('E_RATE_LIMIT', 'slow down', { retry: { after: 2000 } });
    });
    const limited = limit(generate, createLimiter());
    await expect(ask(limited)).rejects.toThrow('slow down');
    refuse = false;
    const second = ask(limited);
    await vi.advanceTimersByTimeAsync(1990);
    expect(times).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(20);
    await second;
  });

  it('knows when the day is over', async () => {
    const limits = { requests: { limit: 1000, remaining: 0, window: 'day' as const } };
    const limiter = createLimiter();
    await ask(limit(source((context) => context.meter.call(record({ limits }))).generate, limiter));
    expect(limiter.enough()).toEqual({ code: 'requests_per_day', limit: 1000 });
  });

  it('leaves the line on abort, and the next one moves up', async () => {
    const { times, generate } = source();
    const limited = limit(generate, createLimiter({ requestsPerSecond: 1 }));
    await ask(limited);
    const leaving = new AbortController();
    const left = (async () => {
      for await (const _ of limited(call(), { signal: leaving.signal, meter: createMeter() }));
    })();
    const stays = ask(limited);
    leaving.abort(new Error('gone'));
    await expect(left).rejects.toThrow('gone');
    await vi.advanceTimersByTimeAsync(1001);
    await stays;
    expect(times).toHaveLength(2);
  });

  it('an abort is seen in the middle of the line, and costs nobody anything', async () => {
    const limiter = createLimiter({ tokensPerMinute: 400 });
    await limiter.take(400, signal);
    const leaving = new AbortController();
    const before = limiter.take(200, signal);
    const aborted = Promise.resolve(limiter.take(200, leaving.signal));
    const after = limiter.take(200, signal);
    leaving.abort(new Error('gone'));
    await expect(aborted).rejects.toThrow('gone');
    await vi.advanceTimersByTimeAsync(120_100);
    await before;
    await after;
  });

  it('nobody overtakes the line, even where a call of its own would go out at once', async () => {
    const limiter = createLimiter({ tokensPerMinute: 400 });
    const order: string[] = [];
    const take = async (name: string, tokens: number) => {
      const lease = await limiter.take(tokens, signal);
      order.push(name);
      return lease;
    };
    (await take('first', 350)).settle(50);
    const all = [take('large', 350), take('small', 20)];
    await vi.advanceTimersByTimeAsync(10);
    expect(order).toEqual(['first']);
    await vi.advanceTimersByTimeAsync(180_000);
    await Promise.all(all);
    expect(order).toEqual(['first', 'large', 'small']);
  });

  it('a call that leaves the line while it waits gives back what it was granted', async () => {
    const { times, generate } = source();
    const limiter = createLimiter({ tokensPerMinute: 400 });
    await limiter.take(400, signal);
    const stream = limit(generate, limiter)(call(196), { signal, meter: createMeter() })[Symbol.asyncIterator]();
    const first = stream.next();
    await stream.return?.();
    // A limit that one call can take whole refills by half of it a minute: 200.
    await vi.advanceTimersByTimeAsync(60_100);
    expect(await first).toMatchObject({ done: true });
    expect(times).toHaveLength(0);
    expect(limiter.take(200, signal)).not.toBeInstanceOf(Promise);
  });

  it('a trial starts only when its call can go out, so that the wait is no latency', async () => {
    const { generate } = source();
    const limiter = createLimiter({ requestsPerSecond: 1 });
    const limited = limit(generate, limiter);
    const admission = withRoom(closedLoop(4), limiter);
    await ask(limited);
    let admitted = false;
    const admitting = admission.admit({} as Job, signal).then((place) => {
      admitted = true;
      return place;
    });
    await vi.advanceTimersByTimeAsync(900);
    expect(admitted).toBe(false);
    await vi.advanceTimersByTimeAsync(101);
    (await admitting).leave();
    expect((await ask(limited)).sums.limit_wait_ms).toBeUndefined();
  });
});
