/** The formula of docs/engine.md for the working memory that a prompt needs. */
import { slotBucket } from './kv-buffer.ts';
import type { Shape } from './shape.ts';

export interface PromptOptions {
  prefill?: 'flash' | 'exact';
  /** Tokens per chunk (default 256). */
  chunk?: number;
  /** Matrices are split: Q4_1 in a repacked part and a correction. */
  split?: boolean;
  /** Queries, keys and values come from three products, because their types differ. */
  mixed?: boolean;
}

const floatBytes = 4;
/** Of every row: its number in the cache, its position and its token. */
const numbers = 3;

/** Bytes of the graph of a chunk: `rows` of a prompt that see `filled` slots, their own among them. */
function chunkBytes(model: Shape, rows: number, filled: number, options: PromptOptions): number {
  const { width, feedForward: hidden } = model;
  const { prefill = 'flash', split = false, mixed = false } = options;
  const together = !mixed && !model.queryKeyValueBias && !model.queryKeyNorm;
  const queries = model.heads * model.headSize;
  const keys = model.kvHeads * model.headSize;
  const flash = prefill === 'flash';
  const first = flash && filled === rows;
  const slots = flash ? filled : Math.ceil(filled / slotBucket) * slotBucket;
  // What attention leaves between the rows that enter and those that go on.
  const room = first && !(mixed && queries <= width) ? queries + keys / 2 : 0;
  const fits = hidden <= width + room;
  const gates = split ? 4 * hidden : fits ? 2 * hidden : 3 * hidden;
  const feedForward = 2 * width + room + gates + (split && !first ? width / 32 : 0);
  const whole = 2 * width + (split ? 4 * hidden : 3 * hidden);
  const attention = first
    ? 0
    : flash
      ? widened(model, (keys * slots) / rows, together)
      : scored(model, slots, together);
  const mask = flash ? slots / 2 : slots;
  return floatBytes * rows * (Math.max(feedForward, whole, attention) + mask + numbers);
}

/** Attention of a later chunk: three copies of its slots in F32, `copy` numbers a row each. */
function widened({ width, heads, kvHeads, headSize }: Shape, copy: number, together: boolean): number {
  const queries = heads * headSize;
  const keys = kvHeads * headSize;
  const product = queries + 2 * keys;
  if (!together && queries <= width) return 2 * width + Math.max(product, 3 * copy);
  const above = 3 - Math.min(3, Math.floor((width + product) / copy));
  return 2 * width + product + queries + (together ? keys : 0) + above * copy;
}

/** Attention as products: scores and probabilities of all heads. */
function scored({ width, heads, headSize }: Shape, slots: number, together: boolean): number {
  const queries = heads * headSize;
  const rows = together ? 2 * width : queries > width ? width + queries : 2 * width + queries;
  return rows + 2 * heads * slots;
}

/** Bytes of working memory that a prompt of so many tokens needs. */
export function promptBytes(model: Shape, tokens: number, options: PromptOptions = {}): number {
  const { chunk = 256 } = options;
  // Sixteen rows of logits, in the check of rows when an engine starts.
  let most = 16 * floatBytes * (model.vocabulary + model.width);
  for (let at = 0; at < tokens; at += chunk) {
    const rows = Math.min(chunk, tokens - at);
    most = Math.max(most, chunkBytes(model, rows, at + rows, options));
  }
  return most;
}
