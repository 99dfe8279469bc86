import { expect, it } from 'vitest';
import { forecast } from './forecast.ts';

it('a forecast bounds calls, tokens and cost from above and time from below', () => {
  const prices = { prompt: 0.15, completion: 0.6 };
  const options = { promptCharacters: [400, 396], maxTokens: 100, callsPerTrial: 3, prices };
  expect(forecast({ ...options, requestsPerMinute: 2, tokensPerMinute: 60_000 })).toEqual({
    trials: 2,
    calls: 6,
    promptTokens: 3 * (104 + 103),
    completionTokens: 600,
    cost: (621 * 0.15 + 600 * 0.6) / 1e6,
    secondsAtLeast: 180,
  });
  expect(forecast({ promptCharacters: [], maxTokens: 1 })).toEqual({
    trials: 0,
    calls: 0,
    promptTokens: 0,
    completionTokens: 0,
  });
});
