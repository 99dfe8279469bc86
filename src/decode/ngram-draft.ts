/**
 * Prompt-lookup drafting (PLD, as in arXiv:2304.04487 and HF `prompt_lookup_num_tokens`): find the longest tail n-gram
 * that occurred before and copy what followed it. An incremental index makes a step cost O(longest n-gram).
 */
import { TtcError } from '../core/index.ts';

export interface NgramDraft {
  readonly length: number;
  append(...ids: number[]): void;
  /** Up to `count` tokens that followed an earlier occurrence of the tail; empty without a match. */
  draft(count: number): number[];
}

export interface NgramOptions {
  /** Shortest tail that may match. @default 1 */
  min?: number;
  /** Longest tail, tried first. @default 3 */
  max?: number;
  /** Which earlier occurrence is copied. @default 'recent' */
  match?: 'recent' | 'first';
}

/** One distinct n-gram. `end` = index of its last token at its most recent (or first) occurrence. */
interface Gram {
  name: number;
  end: number;
}

const vocabularyLimit = 2 ** 21;

/** An index over `ids`; append every accepted token. @throws E_ARGUMENT for an n-gram range that is empty */
export function createNgramDraft(ids: readonly number[] = [], options: NgramOptions = {}): NgramDraft {
  const { min = 1, max = 3, match = 'recent' } = options;
  if (!(Number.isInteger(min) && Number.isInteger(max) && min >= 1 && max >= min && max <= 64))
    throw new TtcError('E_ARGUMENT', `n-gram range ${min}…${max}: needs 1 <= min <= max <= 64`);
  const history: number[] = [];
  const levels = Array.from({ length: max }, () => ({ grams: new Map<number, Gram>(), tail: -1, earlier: -1 }));

  // An n-gram is named by (name of its first n − 1 tokens, last token): exact, no hash can collide.
  const append = (id: number) => {
    if (!(Number.isInteger(id) && id >= 0 && id < vocabularyLimit))
      throw new TtcError('E_ARGUMENT', `not a token id: ${id}`);
    let prefix = 0;
    for (const [level, state] of levels.entries()) {
      if (level > history.length) break;
      const key = prefix * vocabularyLimit + id;
      prefix = state.tail;
      const gram = state.grams.get(key);
      if (gram === undefined) state.grams.set(key, { name: state.grams.size, end: history.length });
      state.earlier = gram?.end ?? -1;
      state.tail = gram?.name ?? state.grams.size - 1;
      if (gram !== undefined && match === 'recent') gram.end = history.length;
    }
    history.push(id);
  };
  for (const id of ids) append(id);

  return {
    get length() {
      return history.length;
    },
    append: (...more) => more.forEach(append),
    draft(count) {
      for (let n = Math.min(max, history.length); n >= min; n--) {
        const end = levels[n - 1]?.earlier ?? -1;
        if (end >= 0) return history.slice(end + 1, end + 1 + count);
      }
      return [];
    },
  };
}
