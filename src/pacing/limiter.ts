/** When a call may go out under a provider's limits: own token buckets, corrected by what the provider's headers say. */
import { now, type RateLimits, type Stop, TtcError } from '../core/index.ts';
import { createLimitBuckets, type Limits, minute } from './limit-buckets.ts';
import { createLine } from './line.ts';
import { pause } from './pause.ts';
import { unlessAborted } from './wait.ts';

export type { Limits } from './limit-buckets.ts';

export interface Lease {
  /** The call ended: what it reserved but did not use goes back. */
  settle(used: number): void;
}

export interface Limiter {
  /** Waits in line until a request with that many tokens may go out; at once where nobody waits and nothing is full. */
  take(tokens: number, signal: AbortSignal): Lease | Promise<Lease>;
  /** Waits until a request of the usual size would not have to wait. */
  room(signal: AbortSignal): void | Promise<void>;
  /** Nobody sends for so many milliseconds: the provider refused a call. */
  hold(milliseconds: number): void;
  observe(limits: RateLimits): void;
  /** Why no call can be made any more today. */
  enough(): Stop | undefined;
}

/** Rejects as soon as the signal aborts. What is granted in that moment or later goes back: nobody else would give it. */
export function leaseUnlessAborted(signal: AbortSignal, turn: Promise<Lease>): Promise<Lease> {
  turn.then(
    (granted) => signal.aborted && granted.settle(0),
    () => undefined,
  );
  return unlessAborted(signal, turn);
}

/** Longest pause that one refusal imposes on all calls. */
const longestHold = 60_000;

const milliseconds = (): number => Number(now()) / 1e6;

export function createLimiter(limits: Limits = {}): Limiter {
  const buckets = createLimitBuckets(limits);
  const line = createLine();
  let usual = 0;
  let heldUntil = 0;
  let spent: Stop | undefined;

  function wait(amount: number): number {
    const time = milliseconds();
    return Math.max(buckets.wait(amount, time), heldUntil - time);
  }

  async function open(amount: number, signal: AbortSignal): Promise<void> {
    for (let left = wait(amount); left > 0; left = wait(amount)) await pause(Math.min(left, minute), signal);
  }

  /** Makes room for the call in the buckets, or refuses it for good. */
  function check(amount: number, signal: AbortSignal): void {
    signal.throwIfAborted();
    const most = buckets.tokenLimit();
    if (most !== undefined && amount > most)
      throw new TtcError('E_REQUEST', `the call reserves ${amount} tokens, the limit is ${most} a minute`, {
        help: 'lower --max-tokens: prompt and answer together have to fit',
      });
    buckets.growTo(amount, milliseconds());
    usual = amount;
  }

  function lease(amount: number): Lease {
    buckets.take(amount, milliseconds());
    return { settle: (used) => buckets.giveBack(Math.max(0, amount - used), milliseconds()) };
  }

  return {
    take(amount, signal) {
      check(amount, signal);
      if (line.isEmpty() && wait(amount) <= 0) return lease(amount);
      const turn = line.enter(async () => {
        check(amount, signal);
        await open(amount, signal);
        return lease(amount);
      });
      return leaseUnlessAborted(signal, turn);
    },
    room: (signal) => (line.isEmpty() && wait(usual) <= 0 ? undefined : line.enter(() => open(usual, signal))),
    hold(length) {
      heldUntil = Math.max(heldUntil, milliseconds() + Math.min(length, longestHold));
    },
    observe({ requests, tokens }) {
      if (requests?.window === 'day' && requests.remaining === 0)
        spent = { code: 'requests_per_day', ...(requests.limit !== undefined && { limit: requests.limit }) };
      if (tokens) buckets.observe(tokens, milliseconds());
    },
    enough: () => spent,
  };
}
