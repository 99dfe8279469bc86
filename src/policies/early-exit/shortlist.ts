import type { Started } from '../../decode/index.ts';

/** A few token ids that the next token is likely among. */
export interface Shortlist {
  /** Always equally many, so that one graph serves all steps. */
  ids(): Int32Array;
  /** Logits of the ids as a row [vocabulary] in which every other token is impossible. */
  row(ids: Int32Array, logits: Float32Array): Float32Array;
}

/**
 * Ends, then the tokens of answer and prompt from the newest back, then the lowest ids: byte-pair vocabularies are
 * numbered by the frequency of their merges.
 */
export function createShortlist(
  { history }: Started,
  endIds: ReadonlySet<number>,
  size: number,
  vocabulary: number,
): Shortlist {
  const count = Math.min(size, vocabulary);
  return {
    ids() {
      const chosen = new Set(endIds);
      for (let at = history.length - 1; at >= 0 && chosen.size < count; at--) chosen.add(history[at] as number);
      for (let id = 0; chosen.size < count; id++) chosen.add(id);
      return Int32Array.from(chosen).subarray(0, count);
    },
    row(ids, logits) {
      const row = new Float32Array(vocabulary).fill(Number.NEGATIVE_INFINITY);
      for (const [at, id] of ids.entries()) row[id] = logits[at] as number;
      return row;
    },
  };
}
