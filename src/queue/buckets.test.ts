import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bucketsOf } from './buckets.ts';

describe('buckets of the store', () => {
  it('never let more through in any window than is promised, and not much less', () => {
    const limit = fc.integer({ min: 1, max: 1_000_000 });
    fc.assert(
      fc.property(limit, limit, limit, (requestsPerSecond, requestsPerMinute, tokensPerMinute) => {
        const buckets = bucketsOf({ requestsPerSecond, requestsPerMinute, tokensPerMinute });
        const [second, minute, tokens] = buckets;
        expect(buckets.map(({ name }) => name)).toEqual(['second', 'minute', 'tokens']);
        // A bucket lets its size and what flows in through.
        const most = (bucket: { size: number; rate: number } | undefined, milliseconds: number) =>
          (bucket?.size ?? 0) + (bucket?.rate ?? 0) * milliseconds;
        expect(most(second, 1000)).toBeLessThanOrEqual(
          Math.max(1, 0.05 * requestsPerSecond) + requestsPerSecond + 1e-6,
        );
        // Requests are whole.
        expect(Math.floor(most(minute, 60_000) + 1e-6)).toBeLessThanOrEqual(requestsPerMinute);
        expect(most(tokens, 60_000) / tokensPerMinute).toBeLessThanOrEqual(1 + 1e-9);
        expect(((minute?.rate ?? 0) * 60_000) / requestsPerMinute).toBeCloseTo(0.95);
        expect(((second?.rate ?? 0) * 1000) / requestsPerSecond).toBeCloseTo(1);
      }),
    );
  });

  it('are there for the limits that are set, and hold one request at least', () => {
    expect(bucketsOf({})).toEqual([]);
    expect(bucketsOf({ requestsPerSecond: 1 })).toEqual([{ name: 'second', size: 1, rate: 0.001 }]);
  });
});
