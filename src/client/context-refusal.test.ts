import { expect, it } from 'vitest';
import { contextRefusalIn } from './context-refusal.ts';

it.each([
  [
    "This model's maximum context length is 512 tokens. However, you requested 662 tokens (150 in the messages, 512 in the completion). Please reduce the length of the messages or completion.",
    { context: 512, prompt: 150 },
  ],
  [
    "'max_tokens' or 'max_completion_tokens' is too large: 5000. This model's maximum context length is 2048 tokens and your request has 100 input tokens (5000 > 2048 - 100).",
    { context: 2048, prompt: 100 },
  ],
  [
    "This model's maximum context length is 128,000 tokens. However, your messages resulted in 130,001 tokens.",
    { context: 128_000, prompt: 130_001 },
  ],
  [
    "Requested token count exceeds the model's maximum context length of 4096 tokens. You requested a total of 5000 tokens: 100 tokens from the input messages and 4900 tokens for the completion.",
    { context: 4096, prompt: 100 },
  ],
  [
    'request (5000 tokens) exceeds the available context size (4096 tokens), try increasing it',
    { context: 4096, prompt: 5000 },
  ],
  [
    'Input validation error: `inputs` tokens + `max_new_tokens` must be <= 2048. Given: 100 `inputs` tokens and 2000 `max_new_tokens`',
    { context: 2048, prompt: 100 },
  ],
  ['the request exceeds the available context size. try increasing the context size', {}],
  ['context_length_exceeded: please shorten it', {}],
  ['invalid value for temperature: 3', undefined],
  ['Rate limit reached: Limit 6000, Requested 7000', undefined],
])('%s', (words, found) => {
  expect(contextRefusalIn(words)).toEqual(found);
});
