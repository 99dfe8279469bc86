import { describe, expect, it } from 'vitest';
import type { TtcError } from '../core/index.ts';
import { hear } from './scripted.ts';

const now = Date.now();
const inTwelve = now + 12_000;
const bare = '{"error":{"message":"Rate limit reached","type":"tokens"}}';

async function refused(headers: Record<string, string>, body = bare, status = 429): Promise<TtcError> {
  return (await hear({ status, headers, reads: [body] })).error as TtcError;
}

describe('how long a refused call waits', () => {
  it.each<[string, Record<string, string>, string?]>([
    ['retry-after', { 'retry-after': '12' }],
    ['retry-after as a duration', { 'retry-after': '12s' }],
    ['x-retry-after', { 'x-retry-after': '12' }],
    ['a reset of Groq', { 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '12s' }],
    ['a reset of Azure', { 'x-rate-limit-reset-tokens': '12', 'x-ratelimit-remaining-tokens': '0' }],
    ['a reset without a word on what is left', { 'x-ratelimit-reset-requests': '12s' }],
    ['a date', { 'x-ratelimit-reset-tokens': new Date(inTwelve).toISOString(), 'x-ratelimit-remaining-tokens': '0' }],
    ['seconds since 1970', { 'x-ratelimit-reset': String(inTwelve / 1000), 'x-ratelimit-remaining': '0' }],
    ['milliseconds since 1970', { 'x-ratelimit-reset': String(inTwelve) }],
    ['the header of the standard', { 'ratelimit-reset': '12', 'ratelimit-remaining': '0' }],
    [
      'a reset of Anthropic',
      {
        'anthropic-ratelimit-tokens-reset': new Date(inTwelve).toISOString(),
        'anthropic-ratelimit-tokens-remaining': '0',
      },
    ],
    ['the words', {}, '{"error":{"message":"Rate limit reached. Please try again in 12s."}}'],
    ['the words in full', {}, '{"error":{"message":"Please retry after 12 seconds."}}'],
    ['a field of the body', {}, '{"error":{"message":"slow down","retry_after":12}}'],
    ['a field of Gemini', {}, '{"error":{"message":"quota","details":[{"retryDelay":"12s"}]}}'],
  ])('by %s', async (_, headers, body) => {
    const { code, retry } = await refused(headers, body);
    expect(code).toBe('E_RATE_LIMIT');
    expect(retry!.after! / 1000).toBeGreaterThan(9);
    expect(retry!.after! / 1000).toBeLessThanOrEqual(12);
  });

  it('by the limit that is used up, and not by others', async () => {
    const headers = {
      ...{ 'x-ratelimit-remaining-requests': '99', 'x-ratelimit-reset-requests': '6m' },
      ...{ 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '3s' },
    };
    expect((await refused(headers)).retry).toEqual({ after: 3000 });
  });

  it('a minute at most by a reset: some of a limit is back before all of it', async () => {
    expect((await refused({ 'x-ratelimit-reset-requests': '2m59.56s' })).retry).toEqual({ after: 60_000 });
  });

  it.each<Record<string, string>>([
    {},
    { 'retry-after': '-1' },
    { 'retry-after': 'soon' },
    { 'x-ratelimit-reset-tokens': '-1' },
    { 'x-ratelimit-reset': '' },
  ])('by nobody’s word: %j', async (headers) => {
    expect((await refused(headers)).retry).toEqual({});
  });

  it('an overload is no limit: its resets say nothing', async () => {
    expect((await refused({ 'x-ratelimit-reset-tokens': '30s' }, bare, 503)).retry).toEqual({});
  });
});

describe('what is not tried again', () => {
  it.each<[string, number, string, Record<string, string>?]>([
    [
      'a prompt that is too long, said with 500',
      500,
      '{"error":{"message":"the request exceeds the available context size"}}',
    ],
    ['a bad request behind a gateway', 500, '{"error":{"message":"litellm.BadRequestError: no"}}'],
    ['a wrong parameter, said with 503', 503, '{"error":{"message":"no","type":"invalid_request_error"}}'],
    ['what the server does not have', 501, '{}'],
    [
      'an account without credit',
      429,
      '{"error":{"message":"You exceeded your current quota","code":"insufficient_quota"}}',
    ],
    ['what the server asks not to', 503, '{}', { 'x-should-retry': 'false' }],
  ])('%s', async (_, status, body, headers = {}) => {
    expect((await refused(headers, body, status)).retry).toBeUndefined();
  });

  it.each([500, 502, 503, 529])('but a plain %i is', async (status) => {
    expect((await refused({}, '{"error":{"message":"engine is dead"}}', status)).retry).toEqual({});
  });
});
