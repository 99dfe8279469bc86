import { describe, expect, it } from 'vitest';
import { durationMilliseconds, rateLimitsOf } from './rate-limits.ts';
import { retryAfterMilliseconds } from './retry-after.ts';
import { event, hear } from './scripted.ts';

describe('provider limits', () => {
  it.each([
    ['1.559999999s', 1559.999999],
    ['400ms', 400],
    ['6s', 6000],
    ['2m52.8s', 172_800],
    ['1h16m19.2s', 4_579_200],
    ['6m0s', 360_000],
    ['7.66', 7660],
    ['soon', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('reads the duration %s', (text, milliseconds) => {
    expect(durationMilliseconds(text)).toEqual(
      milliseconds === undefined ? undefined : expect.closeTo(milliseconds, 6),
    );
  });

  it('reads retry-after as seconds, as milliseconds and as a date', () => {
    const today = Date.parse('2026-11-24T12:00:00Z');
    expect(retryAfterMilliseconds({ 'retry-after': '2' })).toBe(2000);
    expect(retryAfterMilliseconds({ 'retry-after-ms': '150', 'retry-after': '9' })).toBe(150);
    expect(retryAfterMilliseconds({ 'retry-after': 'Tue, 24 Nov 2026 12:00:05 GMT' }, today)).toBe(5000);
    expect(retryAfterMilliseconds({})).toBeUndefined();
  });

  it('reads the headers of Groq, where requests count per day and tokens per minute', () => {
    const headers = {
      'x-ratelimit-limit-requests': '14400',
      'x-ratelimit-remaining-requests': '14370',
      'x-ratelimit-reset-requests': '2m59.56s',
      'x-ratelimit-limit-tokens': '18000',
      'x-ratelimit-remaining-tokens': '17997',
      'x-ratelimit-reset-tokens': '7.66s',
    };
    expect(rateLimitsOf(headers, 'day')).toEqual({
      requests: { limit: 14400, remaining: 14370, reset: 179_560, window: 'day' },
      tokens: { limit: 18000, remaining: 17997, reset: 7660, window: 'minute' },
    });
  });

  it('reads the headers of Cerebras, and none', () => {
    const headers = { 'x-ratelimit-remaining-requests-day': '9', 'x-ratelimit-remaining-tokens-minute': '5' };
    expect(rateLimitsOf(headers, 'minute')).toMatchObject({
      requests: { remaining: 9, window: 'day' },
      tokens: { remaining: 5, window: 'minute' },
    });
    expect(rateLimitsOf({}, 'minute')).toBeUndefined();
  });

  it.each(['-1', '0', 'unlimited', '', 'Infinity', 'NaN', '9e99', '9223372036854775807', '100;w=60', '1, 2'])(
    'take a limit of %s for none, whatever is said to remain of it',
    (limit) => {
      const headers = {
        'x-ratelimit-limit-tokens': limit,
        'x-ratelimit-remaining-tokens': '0',
        'x-ratelimit-reset-tokens': '0',
      };
      expect(rateLimitsOf(headers, 'minute')).toBeUndefined();
    },
  );

  it('take nothing for what remains where that is no count, or more than the limit', () => {
    for (const remaining of ['-1', 'many', '100001'])
      expect(
        rateLimitsOf({ 'x-ratelimit-limit-tokens': '100,000', 'x-ratelimit-remaining-tokens': remaining }, 'minute'),
      ).toEqual({ tokens: { limit: 100_000, window: 'minute' } });
  });

  it('take a limit that one answer exceeded for none', async () => {
    const usage = { prompt_tokens: 50, completion_tokens: 1 };
    const reads = [event({ content: 'x' }), event({}, { usage }, 'stop'), 'data: [DONE]\n\n'];
    const limits = async (limit: string) =>
      (await hear({ headers: { 'x-ratelimit-limit-tokens': limit }, reads })).record.limits;
    expect(await limits('50')).toBeUndefined();
    expect(await limits('51')).toMatchObject({ tokens: { limit: 51 } });
  });
});
