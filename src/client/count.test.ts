import { describe, expect, it } from 'vitest';
import { countUsage, estimatePrompt } from './count.ts';
import type { Reading } from './reading.ts';
import { usageOf } from './usage.ts';

const reading = (usage: object): Reading => ({ usage: usageOf({ usage }), ids: 0, logprobs: 0, chunks: 9 }) as Reading;

describe('tokens of an answer', () => {
  const prompt = estimatePrompt({ messages: [{ role: 'user', content: 'x'.repeat(400) }] });

  it('are the server’s where it counts both sides', () => {
    const usage = { prompt_tokens: 71, completion_tokens: 12 };
    expect(countUsage(reading(usage), prompt)).toMatchObject({ prompt: 71, completion: 12, origin: 'server' });
  });

  it('have an estimated prompt where the server counts the answer only, and say so', () => {
    expect(prompt).toBe(104);
    expect(countUsage(reading({ completion_tokens: 12 }), prompt)).toMatchObject({
      ...{ prompt: 104, completion: 12, origin: 'estimate' },
    });
  });
});
