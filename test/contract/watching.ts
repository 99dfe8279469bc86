import type { Engine, Pass } from '../../src/core/index.ts';

/** An engine that notes which passes run together, and how many sequences are open at a time. */
export function watching(inner: Engine) {
  const groups: Pass[][] = [];
  let held = 0;
  let most = 0;
  const watched: Engine = {
    model: inner.model,
    tokenizer: inner.tokenizer,
    chunk: inner.chunk,
    open(capacity, context) {
      const sequence = inner.open(capacity, context);
      most = Math.max(most, ++held);
      const dispose = sequence[Symbol.dispose].bind(sequence);
      sequence[Symbol.dispose] = () => {
        held--;
        dispose();
      };
      return sequence;
    },
    forward(passes, read) {
      groups.push([...passes]);
      return inner.forward(passes, read);
    },
  };
  return { engine: watched, groups, held: () => held, most: () => most };
}
