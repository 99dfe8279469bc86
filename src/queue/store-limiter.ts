/** One rate for all workers, wherever they are: token buckets in the store, taken from in one step. */
import { type Stop, TtcError } from '../core/index.ts';
import type { Limits } from '../pacing/limit-buckets.ts';
import { type Limiter, leaseUnlessAborted } from '../pacing/limiter.ts';
import { createLine } from '../pacing/line.ts';
import { pause } from '../pacing/pause.ts';
import type { namesOf, Redis } from './store.ts';

/**
 * Size and refill a millisecond of a bucket. A bucket of size B that refills by R per window lets at most B + R through
 * in any window. A second's may be exceeded by the bucket, 5 % of it; a minute's may not.
 */
export function bucketsOf({ requestsPerSecond, requestsPerMinute, tokensPerMinute }: Limits) {
  const share = (limit: number, part: number) => Math.max(1, limit * part);
  return {
    ...(requestsPerSecond !== undefined && {
      second: { size: share(requestsPerSecond, 0.05), rate: requestsPerSecond / 1000 },
    }),
    ...(requestsPerMinute !== undefined && {
      minute: { size: share(requestsPerMinute, 0.05), rate: (requestsPerMinute * 0.95) / 60_000 },
    }),
    ...(tokensPerMinute !== undefined && {
      tokens: { size: tokensPerMinute / 2, rate: tokensPerMinute / 2 / 60_000 },
    }),
  };
}

/**
 * Takes from all buckets or from none. By the store's clock, so clocks of machines do not matter.
 * KEYS: pause, a bucket each. ARGV: size, rate and amount of each. Returns milliseconds to wait; 0: taken.
 */
const takeScript = `
local held = redis.call('PTTL', KEYS[1])
if held > 0 then return held end
local clock = redis.call('TIME')
local now = clock[1] * 1000 + clock[2] / 1000
local wait = 0
local levels = {}
for i = 2, #KEYS do
  local size, rate, amount = tonumber(ARGV[3 * i - 5]), tonumber(ARGV[3 * i - 4]), tonumber(ARGV[3 * i - 3])
  local level = tonumber(redis.call('HGET', KEYS[i], 'level') or size)
  local at = tonumber(redis.call('HGET', KEYS[i], 'at') or now)
  level = math.min(size, level + math.max(0, now - at) * rate)
  levels[i] = level - amount
  if level + 1e-6 < amount then wait = math.max(wait, (amount - level) / rate) end
end
if wait > 0 then return math.ceil(wait) end
for i = 2, #KEYS do redis.call('HSET', KEYS[i], 'level', tostring(levels[i]), 'at', string.format('%.3f', now)) end
return 0
`;

const giveScript = `
if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('HINCRBYFLOAT', KEYS[1], 'level', ARGV[1]) end
`;

/** Longest time between two looks: a pause may have ended, and others may have given back. */
const longestWait = 500;
const longestHold = 60_000;

export function createStoreLimiter(redis: Redis, names: ReturnType<typeof namesOf>, limits: Limits): Limiter {
  const buckets = Object.entries(bucketsOf(limits));
  const most = buckets.find(([name]) => name === 'tokens')?.[1].size;
  const line = createLine();
  const keyOf = (name: string) => `${names.bucket}:${name}`;
  const keys = [names.pause, ...buckets.map(([name]) => keyOf(name))];
  let spent: Stop | undefined;

  async function open(tokens: number, signal: AbortSignal): Promise<void> {
    const words = buckets.flatMap(([name, { size, rate }]) => [size, rate, name === 'tokens' ? tokens : 1]);
    for (;;) {
      signal.throwIfAborted();
      const wait = Number(await redis.eval(takeScript, keys.length, ...keys, ...words));
      if (wait <= 0) return;
      await pause(Math.min(wait, longestWait), signal);
    }
  }

  return {
    take(tokens, signal) {
      if (most !== undefined && tokens > most)
        throw new TtcError(
          'E_REQUEST',
          `the call reserves ${tokens} tokens, and a queue grants at most ${most} at once`,
          {
            help: 'lower --max-tokens, or raise tokens_per_minute: a call may reserve half of it',
          },
        );
      const turn = line.enter(async () => {
        await open(tokens, signal);
        return {
          settle(used: number) {
            if (most === undefined || used >= tokens) return;
            redis.eval(giveScript, 1, keyOf('tokens'), tokens - used).catch(() => undefined);
          },
        };
      });
      return leaseUnlessAborted(signal, turn);
    },
    room: () => undefined,
    hold(milliseconds) {
      redis.set(names.pause, '1', 'PX', Math.ceil(Math.min(milliseconds, longestHold))).catch(() => undefined);
    },
    observe({ requests }) {
      if (requests?.window === 'day' && requests.remaining === 0) spent = { code: 'requests_per_day' };
    },
    enough: () => spent,
  };
}
