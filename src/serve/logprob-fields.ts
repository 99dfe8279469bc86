/** Log-probabilities as OpenAI writes them: each token with its text, its bytes and the likeliest at its place. */
import type { Tokenizer, TokenLogprob, TokenLogprobs } from '../core/index.ts';

export function logprobFields(tokens: readonly TokenLogprobs[], { bytes }: Pick<Tokenizer, 'bytes'>): unknown {
  const entry = ({ id, logprob, text = '' }: TokenLogprob) => ({ token: text, logprob, bytes: [...bytes(id)] });
  return { content: tokens.map((token) => ({ ...entry(token), top_logprobs: token.top.map(entry) })) };
}
