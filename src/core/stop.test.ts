import { describe, expect, it } from 'vitest';
import { endedAsAsked, type Stop, wordsOfStop } from './stop.ts';

describe('a stop in words', () => {
  it.each<[Stop, string]>([
    [{ code: 'duration', limit: 2.5 }, 'the 2.5 s of --duration are over'],
    [{ code: 'max_cost', limit: 0.0005 }, 'the 0.0005 USD of --max-cost are spent'],
    [
      { code: 'max_cost', limit: 0.0005, spent: 0.00074449 },
      'the 0.0005 USD of --max-cost are spent: 0.000744 USD with the calls in flight',
    ],
    [
      { code: 'max_tokens_total', limit: 1000, spent: 1240 },
      'the 1000 tokens of --max-tokens-total are used: 1240 tokens with the calls in flight',
    ],
    [{ code: 'requests_per_day' }, "the provider's requests of the day are used up"],
    [{ code: 'requests_per_day', limit: 1000 }, "the provider's 1000 requests of the day are used up"],
    [{ code: 'server_gone', cause: 'connection refused' }, 'the server is gone: connection refused'],
  ])('%j', (stop, words) => {
    expect(wordsOfStop(stop)).toBe(words);
  });

  it('is what was asked for where the time is over, and less where a limit was reached', () => {
    const codes = ['duration', 'max_cost', 'max_tokens_total', 'requests_per_day', 'server_gone'] as const;
    expect(codes.filter((code) => endedAsAsked({ code }))).toEqual(['duration']);
    expect(endedAsAsked(undefined)).toBe(false);
  });
});
