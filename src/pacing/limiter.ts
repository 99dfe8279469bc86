/** When a call may go out under a provider's limits: own token buckets, corrected by what the provider's headers say. */
import { now, type RateLimits, type Stop, TtcError } from '../core/index.ts';
import { type Bucket, paceBucket, requestBucket, tokenBucket } from './bucket.ts';
import { pause } from './pause.ts';
import { unlessAborted } from './wait.ts';

/** Absent limits are learnt from headers, where the provider sends them. */
export interface Limits {
  requestsPerSecond?: number;
  requestsPerMinute?: number;
  tokensPerMinute?: number;
}

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

const minute = 60_000;

/** Longest pause that one refusal imposes on all calls. */
const longestHold = 60_000;

const milliseconds = (): number => Number(now()) / 1e6;

export function createLimiter(limits: Limits = {}): Limiter {
  const { requestsPerSecond: rps, requestsPerMinute: rpm } = limits;
  let tokens: Bucket | undefined;
  let tokenLimit = limits.tokensPerMinute;
  let largest = 0;
  let usual = 0;
  let heldUntil = 0;
  let spent: Stop | undefined;
  let line: Promise<void> = Promise.resolve();
  let inLine = 0;
  const second = rps === undefined ? undefined : paceBucket(rps, 1000);
  const perMinute = rpm === undefined ? undefined : requestBucket(rpm, minute);

  /** The bucket has to hold the largest call; growing gives nothing away. */
  function growTo(amount: number): void {
    if (tokenLimit === undefined || (tokens && amount <= largest)) return;
    const time = milliseconds();
    largest = Math.max(largest, amount);
    const grown = tokenBucket(tokenLimit, minute, largest);
    if (tokens) grown.lower(tokens.level(time), time);
    tokens = grown;
  }

  function wait(amount: number): number {
    const time = milliseconds();
    const waits = [second?.wait(1, time), perMinute?.wait(1, time), tokens?.wait(amount, time), heldUntil - time];
    return Math.max(0, ...waits.map((value) => value ?? 0));
  }

  async function open(amount: number, signal: AbortSignal): Promise<void> {
    for (let left = wait(amount); left > 0; left = wait(amount)) await pause(Math.min(left, minute), signal);
  }

  /** One after the other, in the order of asking. */
  function queue<T>(work: () => Promise<T>): Promise<T> {
    inLine++;
    const turn = line.then(work).finally(() => inLine--);
    line = turn.then(
      () => undefined,
      () => undefined,
    );
    return turn;
  }

  /** Makes room for the call in the buckets, or refuses it for good. */
  function check(amount: number, signal: AbortSignal): void {
    signal.throwIfAborted();
    if (tokenLimit !== undefined && amount > tokenLimit)
      throw new TtcError('E_REQUEST', `the call reserves ${amount} tokens, the limit is ${tokenLimit} a minute`, {
        help: 'lower --max-tokens: prompt and answer together have to fit',
      });
    growTo(amount);
    usual = amount;
  }

  function lease(amount: number): Lease {
    const time = milliseconds();
    for (const bucket of [second, perMinute]) bucket?.take(1, time);
    tokens?.take(amount, time);
    return { settle: (used) => tokens?.give(Math.max(0, amount - used), milliseconds()) };
  }

  return {
    take(amount, signal) {
      check(amount, signal);
      if (inLine === 0 && wait(amount) === 0) return lease(amount);
      const turn = queue(async () => {
        check(amount, signal);
        await open(amount, signal);
        return lease(amount);
      });
      // Granted in the moment of the abort, nobody would give it back.
      turn.then(
        (granted) => signal.aborted && granted.settle(0),
        () => undefined,
      );
      return unlessAborted(signal, turn);
    },
    room: (signal) => (inLine === 0 && wait(usual) === 0 ? undefined : queue(() => open(usual, signal))),
    hold(length) {
      heldUntil = Math.max(heldUntil, milliseconds() + Math.min(length, longestHold));
    },
    observe({ requests, tokens: seen }) {
      if (requests?.window === 'day' && requests.remaining === 0)
        spent = { code: 'requests_per_day', ...(requests.limit !== undefined && { limit: requests.limit }) };
      if (limits.tokensPerMinute === undefined && seen?.limit !== undefined && seen.window === 'minute') {
        if (tokenLimit !== seen.limit) tokens = undefined;
        tokenLimit = seen.limit;
        growTo(Math.max(1, largest));
      }
      if (seen?.remaining !== undefined) tokens?.lower(seen.remaining, milliseconds());
    },
    enough: () => spent,
  };
}
