/** Text of a growing answer: never half a character. */
import type { Tokenizer } from '../core/index.ts';

export interface Detokeniser {
  /** Text that became complete with this token; '' while a character is still open. */
  push(id: number): string;
  /** What remains: U+FFFD for a character that never became complete. */
  flush(): string;
}

/** All pushed texts and the flush together equal `tokenizer.decode` of all ids. */
export function createDetokeniser(tokenizer: Pick<Tokenizer, 'bytes'>): Detokeniser {
  // ignoreBOM: a U+FEFF that the model writes is text
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  return {
    push: (id) => decoder.decode(tokenizer.bytes(id), { stream: true }),
    flush: () => decoder.decode(),
  };
}
