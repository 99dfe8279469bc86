/** One rate for all workers, wherever they are: token buckets in the store, taken from in one step. */
import { type Stop, TtcError } from '../core/index.ts';
import type { Limits } from '../pacing/limit-buckets.ts';
import { type Limiter, leaseUnlessAborted } from '../pacing/limiter.ts';
import { createLine } from '../pacing/line.ts';
import { pause } from '../pacing/pause.ts';
import { bucketsOf } from './buckets.ts';
import type { RunInStore } from './store.ts';

/** Longest time between two looks: a pause may have ended, and others may have given back. */
const longestWait = 500;
const longestHold = 60_000;

export function createStoreLimiter(store: RunInStore, limits: Limits): Limiter {
  const buckets = bucketsOf(limits);
  const most = buckets.find(({ name }) => name === 'tokens')?.size;
  const line = createLine();
  let spent: Stop | undefined;

  async function open(tokens: number, signal: AbortSignal): Promise<void> {
    const wanted = buckets.map((bucket) => ({ bucket, amount: bucket.name === 'tokens' ? tokens : 1 }));
    for (;;) {
      signal.throwIfAborted();
      const wait = await store.take(wanted);
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
            store.give('tokens', tokens - used).catch(() => undefined);
          },
        };
      });
      return leaseUnlessAborted(signal, turn);
    },
    room: () => undefined,
    hold(milliseconds) {
      store.hold(Math.ceil(Math.min(milliseconds, longestHold))).catch(() => undefined);
    },
    observe({ requests }) {
      if (requests?.window === 'day' && requests.remaining === 0) spent = { code: 'requests_per_day' };
    },
    enough: () => spent,
  };
}
