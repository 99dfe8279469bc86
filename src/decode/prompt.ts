import type { Call, ChatOptions, Tokenizer } from '../core/index.ts';

/**
 * Token ids of a call's prompt: the chat template's text with its special tokens parsed. No BOS is added beyond what
 * the template writes.
 */
export function promptIds(
  tokenizer: Tokenizer,
  call: Pick<Call, 'messages' | 'continue'>,
  options?: ChatOptions,
): number[] {
  return tokenizer.encode(tokenizer.chat(call.messages, call.continue, options), { special: true });
}
