import { expect, it } from 'vitest';
import { stopOf } from './session-stop.ts';

it.each([
  ['the 2.5 s of --duration are over', { code: 'duration', limit: 2.5 }],
  [
    'the 0.0005 USD of --max-cost are spent: 0.000744 USD with the calls in flight',
    { code: 'max_cost', limit: 0.0005, spent: 0.000744 },
  ],
  ['the 1e-7 USD of --max-cost are spent', { code: 'max_cost', limit: 1e-7 }],
  [
    'the 1000 tokens of --max-tokens-total are used: 1240 tokens with the calls in flight',
    { code: 'max_tokens_total', limit: 1000, spent: 1240 },
  ],
  ["the provider's requests of the day are used up", { code: 'requests_per_day' }],
  ['anything else', undefined],
  [undefined, undefined],
])('runs that said their stop in words are still understood: %s', (reason, stop) => {
  expect(stopOf({ ...(reason !== undefined && { reason }) })).toEqual(stop);
});

it('a stop that is data is that', () => {
  expect(stopOf({ stop: { code: 'max_cost', limit: 1, spent: 2 } })).toEqual({ code: 'max_cost', limit: 1, spent: 2 });
});
