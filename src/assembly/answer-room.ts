/** Whether a token limit leaves room for any reference answer at all. */
import { plainText, type Tokenizer } from '../core/index.ts';
import type { OpenedBenchmark } from './open-benchmarks.ts';

/** Without a tokenizer: no common one gives ordinary text so few tokens. */
const mostCharacters = 8;

/** A sentence where no reference answer fits into the limit: then every complete answer is cut off. */
export function answerRoomNote(
  { planned, played }: OpenedBenchmark,
  maxTokens: number,
  tokenizer?: Pick<Tokenizer, 'encode'>,
): string | undefined {
  let shortest = Number.POSITIVE_INFINITY;
  for (const { reference } of played.samples.values()) {
    // Nothing is known of a sample without a reference.
    if (reference === '') return undefined;
    const tokens = tokenizer ? tokenizer.encode(reference).length : Math.ceil(reference.length / mostCharacters);
    shortest = Math.min(shortest, tokens);
    if (shortest <= maxTokens) return undefined;
  }
  if (!Number.isFinite(shortest)) return undefined;
  const name = plainText(planned.name, 80);
  return `${name}: answers may have ${maxTokens} tokens, and the shortest reference has ${tokenizer ? '' : 'about '}${shortest}: no complete answer fits, so scores say little`;
}
