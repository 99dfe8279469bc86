/** Keeps calls within a provider's limits: own token buckets, corrected by what the provider's headers say. */
import { type Call, type CallRecord, elapsed, type Generate, now, type RateLimits, TtcError } from '../core/index.ts';
import type { Admission } from './admission.ts';
import { type Bucket, paceBucket, requestBucket, tokenBucket } from './bucket.ts';
import { pause } from './pause.ts';
import { tapMeter } from './tap-meter.ts';

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
  /** Waits in line until a request with that many tokens may go out. */
  take(tokens: number, signal: AbortSignal): Promise<Lease>;
  /** Waits until a request of the usual size would not have to wait. */
  room(signal: AbortSignal): Promise<void>;
  /** Nobody sends for so many milliseconds: the provider refused a call. */
  hold(milliseconds: number): void;
  observe(limits: RateLimits): void;
  /** Why no call can be made any more today. */
  enough(): string | undefined;
}

const minute = 60_000;

/** Longest pause that one refusal imposes on all calls. */
const longestHold = 60_000;

/** Prompt at 4 characters a token plus the whole allowance: providers charge both before the answer exists. */
export const reservation = (call: Call): number =>
  call.messages.reduce((sum, message) => sum + Math.ceil(message.content.length / 4) + 4, 0) +
  Math.ceil((call.continue?.length ?? 0) / 4) +
  call.maxTokens;

const milliseconds = (): number => Number(now()) / 1e6;

export function createLimiter(limits: Limits = {}): Limiter {
  const { requestsPerSecond: rps, requestsPerMinute: rpm } = limits;
  let tokens: Bucket | undefined;
  let tokenLimit = limits.tokensPerMinute;
  let largest = 0;
  let usual = 0;
  let heldUntil = 0;
  let spent: string | undefined;
  let line: Promise<void> = Promise.resolve();
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
    const turn = line.then(work);
    line = turn.then(
      () => undefined,
      () => undefined,
    );
    return turn;
  }

  return {
    take: (amount, signal) =>
      queue(async () => {
        signal.throwIfAborted();
        if (tokenLimit !== undefined && amount > tokenLimit)
          throw new TtcError('E_REQUEST', `the call reserves ${amount} tokens, the limit is ${tokenLimit} a minute`, {
            help: 'lower --max-tokens: prompt and answer together have to fit',
          });
        growTo(amount);
        usual = amount;
        await open(amount, signal);
        const time = milliseconds();
        for (const bucket of [second, perMinute]) bucket?.take(1, time);
        tokens?.take(amount, time);
        return { settle: (used) => tokens?.give(Math.max(0, amount - used), milliseconds()) };
      }),
    room: (signal) => queue(() => open(usual, signal)),
    hold(length) {
      heldUntil = Math.max(heldUntil, milliseconds() + Math.min(length, longestHold));
    },
    observe({ requests, tokens: seen }) {
      if (requests?.window === 'day' && requests.remaining === 0)
        spent = "the provider's requests of the day are used up";
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

const usedBy = (record: CallRecord | undefined, reserved: number): number => {
  if (!record) return 0;
  if (record.outcome === 'failed' && record.usage === undefined) return 0;
  const { prompt = 0, completion = 0, cached = 0, origin } = record.usage ?? {};
  return origin === 'server' ? prompt - cached + completion : reserved;
};

/** Calls wait for their turn; the time stands in the counter `limit_wait_ms` and in every time after the intended send. */
export function limit(generate: Generate, limiter: Limiter): Generate {
  return async function* limited(call, context) {
    const intended = context.intended ?? now();
    const reserved = reservation(call);
    const asked = now();
    const lease = await limiter.take(reserved, context.signal);
    const waited = elapsed(asked, now());
    if (waited >= 1) context.meter.add('limit_wait_ms', waited);
    let last: CallRecord | undefined;
    const meter = tapMeter(context.meter, (record) => {
      last = record;
      const { limits, ...rest } = record;
      if (limits) limiter.observe(limits);
      return rest;
    });
    try {
      yield* generate(call, { ...context, intended, meter });
    } catch (error) {
      if (error instanceof TtcError && error.code === 'E_RATE_LIMIT' && error.retry)
        limiter.hold(error.retry.after ?? 1000);
      throw error;
    } finally {
      lease.settle(usedBy(last, reserved));
    }
  };
}

/** A trial starts only when a call could go out at once, so that waiting for limits is not taken for latency. */
export function withRoom(admission: Admission, limiter: Limiter): Admission {
  return {
    async admit(job, signal) {
      const place = await admission.admit(job, signal);
      if (place.intended === undefined) await limiter.room(signal).catch(() => undefined);
      return place;
    },
  };
}
