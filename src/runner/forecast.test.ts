import { expect, it } from 'vitest';
import type { Message } from '../core/index.ts';
import { forecast, promptTokensOf } from './forecast.ts';

const said = (role: 'system' | 'user' | 'assistant', characters: number): Message => ({
  role,
  content: 'x'.repeat(characters),
});

it('a forecast bounds calls, tokens and cost from above and time from below', () => {
  const prices = { prompt: 0.15, completion: 0.6 };
  const long = { messages: [said('system', 70), said('user', 350)], maxTokens: 100 };
  const short = { messages: [said('user', 35)], maxTokens: 8 };
  const options = { samples: [[long], [short, short]], times: 3, prices };
  const promptTokens = 3 * (26 + 106 + 2 * 16);
  const completionTokens = 3 * 116;
  expect(forecast({ ...options, requestsPerMinute: 3, tokensPerMinute: 60_000 })).toEqual({
    trials: 6,
    calls: 9,
    promptTokens,
    completionTokens,
    cost: (promptTokens * 0.15 + completionTokens * 0.6) / 1e6,
    secondsAtLeast: 180,
  });
  expect(forecast({ samples: [], times: 3 })).toEqual({
    trials: 0,
    calls: 0,
    promptTokens: 0,
    completionTokens: 0,
  });
});

it('counts every message of a call', () => {
  const question = [said('user', 105)];
  const withExamples = [said('system', 105), said('user', 105), said('assistant', 105), ...question];
  expect(promptTokensOf({ messages: withExamples })).toBe(4 * promptTokensOf({ messages: question }));
});
