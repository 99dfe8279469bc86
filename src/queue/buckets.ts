import type { Limits } from '../pacing/limit-buckets.ts';

export interface Bucket {
  name: string;
  size: number;
  /** Refill a millisecond. */
  rate: number;
}

/**
 * A bucket of size B that refills by R per window lets at most B + R through in any window. A second's may be exceeded
 * by the bucket, 5 % of it; a minute's may not.
 */
export function bucketsOf({ requestsPerSecond, requestsPerMinute, tokensPerMinute }: Limits): Bucket[] {
  const buckets: Bucket[] = [];
  const share = (limit: number) => Math.max(1, limit * 0.05);
  if (requestsPerSecond !== undefined)
    buckets.push({ name: 'second', size: share(requestsPerSecond), rate: requestsPerSecond / 1000 });
  if (requestsPerMinute !== undefined)
    buckets.push({ name: 'minute', size: share(requestsPerMinute), rate: (requestsPerMinute * 0.95) / 60_000 });
  if (tokensPerMinute !== undefined)
    buckets.push({ name: 'tokens', size: tokensPerMinute / 2, rate: tokensPerMinute / 2 / 60_000 });
  return buckets;
}
