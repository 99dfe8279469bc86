/**
 * How many tokens an answer has, by the best evidence there is: the server's usage, exact ids, log-probabilities,
 * a tokenizer over the whole text, and last the number of events with text, which is an estimate and says so.
 */
import { type Call, promptCharacters, type Usage } from '../core/index.ts';
import type { Reading } from './reading.ts';

/** Tokens of a text by a tokenizer: the server's own, or a local one of the same model. */
export type CountText = (text: string) => number | Promise<number>;

/** About 4 characters a token in English; only for prompts whose usage never came. */
export function estimatePrompt(call: Pick<Call, 'messages' | 'continue' | 'tools'>): number {
  return Math.ceil(promptCharacters(call) / 4) + 4 * call.messages.length;
}

export function countUsage(reading: Reading, prompt: number, countText?: CountText): Usage | Promise<Usage> {
  // A prompt that the server does not count is estimated, and so the whole is no count of its own.
  if (reading.usage)
    return {
      prompt,
      ...reading.usage,
      origin: reading.usage.prompt === undefined ? 'estimate' : 'server',
      method: 'usage',
    };
  if (reading.ids > 0) return { prompt, completion: reading.ids, origin: 'server', method: 'ids' };
  if (reading.logprobs > 0) return { prompt, completion: reading.logprobs, origin: 'server', method: 'logprobs' };
  const byChunks: Usage = { prompt, completion: reading.chunks, origin: 'estimate', method: 'chunks' };
  if (!countText || reading.text === '') return byChunks;
  return Promise.resolve(countText(reading.text)).then(
    (completion): Usage => ({ prompt, completion, origin: 'estimate', method: 'tokenizer' }),
    () => byChunks,
  );
}
