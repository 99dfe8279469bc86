/** The buckets behind a provider's limits. Time in milliseconds, by any clock. */
import type { LimitState } from '../core/index.ts';
import { type Bucket, paceBucket, requestBucket, tokenBucket } from './bucket.ts';

/** Absent limits are learnt from headers, where the provider sends them. */
export interface Limits {
  requestsPerSecond?: number;
  requestsPerMinute?: number;
  tokensPerMinute?: number;
}

export interface LimitBuckets {
  /** Tokens a minute, where the limit is known. */
  tokenLimit(): number | undefined;
  /** The bucket of tokens has to hold the largest call; growing gives nothing away. */
  growTo(tokens: number, time: number): void;
  /** Milliseconds until a request with that many tokens may go out. */
  wait(tokens: number, time: number): number;
  take(tokens: number, time: number): void;
  /** Tokens that were reserved and not used. */
  giveBack(tokens: number, time: number): void;
  /** What the provider says of its limit on tokens. */
  observe(seen: LimitState, time: number): void;
}

export const minute = 60_000;

export function createLimitBuckets(limits: Limits): LimitBuckets {
  const { requestsPerSecond: rps, requestsPerMinute: rpm } = limits;
  const second = rps === undefined ? undefined : paceBucket(rps, 1000);
  const perMinute = rpm === undefined ? undefined : requestBucket(rpm, minute);
  let tokens: Bucket | undefined;
  let tokenLimit = limits.tokensPerMinute;
  let largest = 0;

  function growTo(amount: number, time: number): void {
    if (tokenLimit === undefined || (tokens && amount <= largest)) return;
    largest = Math.max(largest, amount);
    const grown = tokenBucket(tokenLimit, minute, largest);
    if (tokens) grown.lower(tokens.level(time), time);
    tokens = grown;
  }

  return {
    tokenLimit: () => tokenLimit,
    growTo,
    wait(amount, time) {
      const waits = [second?.wait(1, time), perMinute?.wait(1, time), tokens?.wait(amount, time)];
      return Math.max(0, ...waits.map((value) => value ?? 0));
    },
    take(amount, time) {
      for (const bucket of [second, perMinute]) bucket?.take(1, time);
      tokens?.take(amount, time);
    },
    giveBack: (amount, time) => tokens?.give(amount, time),
    observe(seen, time) {
      if (limits.tokensPerMinute === undefined && seen.limit !== undefined && seen.window === 'minute') {
        if (tokenLimit !== seen.limit) tokens = undefined;
        tokenLimit = seen.limit;
        growTo(Math.max(1, largest), time);
      }
      if (seen.remaining !== undefined) tokens?.lower(seen.remaining, time);
    },
  };
}
