/** How surprising each token of a text is to a model: the engine's side of pruning prompts for models behind an API. */
import type { Context, Engine, TokenScore } from '../core/index.ts';

/** Longer texts are read in windows; a token sees at least `overlap` tokens before it. */
const longestWindow = 512;
const overlap = 128;
/** Rows whose logits are held at a time. */
const rowsAtATime = 32;

/** Tokens in order; their texts joined are the text. The first has no context and is infinitely surprising. */
export async function tokenScores(engine: Engine, text: string, context: Context): Promise<TokenScore[]> {
  const { tokenizer, model } = engine;
  const ids = tokenizer.encode(text);
  const texts = textsOf(ids, (id) => tokenizer.bytes(id));
  const scores: TokenScore[] = ids.map((_, at) => ({
    text: texts[at] as string,
    surprisal: Number.POSITIVE_INFINITY,
    entropy: Number.POSITIVE_INFINITY,
  }));
  const window = Math.min(longestWindow, model.contextLength);
  for (let from = 0, known = 1; known < ids.length; from += window - Math.min(overlap, window >> 1)) {
    const to = Math.min(ids.length, from + window);
    await scoreWindow(engine, ids.slice(from, to), context, (at, logits) => {
      const place = from + at + 1;
      if (place < known || place >= to) return;
      Object.assign(scores[place] as TokenScore, scoreOf(logits, ids[place] as number));
    });
    known = to;
  }
  return scores;
}

/** @param each gets the logits behind each row */
async function scoreWindow(
  engine: Engine,
  ids: readonly number[],
  context: Context,
  each: (at: number, logits: Float32Array) => void,
): Promise<void> {
  using sequence = engine.open(ids.length, context);
  for (let from = 0; from < ids.length; from += rowsAtATime) {
    const tokens = ids.slice(from, from + rowsAtATime);
    const positions = tokens.map((_, at) => from + at);
    await engine.forward([{ sequence, tokens, positions, logits: tokens.length }], ([output]) => {
      const width = output!.logits.length / tokens.length;
      for (let row = 0; row < tokens.length; row++)
        each(from + row, output!.logits.subarray(row * width, (row + 1) * width));
    });
  }
}

/** In nats. One exponential a logit: they are half of what a score costs. */
function scoreOf(logits: Float32Array, id: number): Pick<TokenScore, 'surprisal' | 'entropy'> {
  let maximum = Number.NEGATIVE_INFINITY;
  for (let at = 0; at < logits.length; at++) maximum = Math.max(maximum, logits[at] as number);
  let sum = 0;
  let weighed = 0;
  for (let at = 0; at < logits.length; at++) {
    const below = (logits[at] as number) - maximum;
    const weight = Math.exp(below);
    sum += weight;
    if (weight > 0) weighed += weight * below;
  }
  const normaliser = Math.log(sum);
  return {
    surprisal: normaliser - ((logits[id] as number) - maximum),
    entropy: Math.max(0, normaliser - weighed / sum),
  };
}

/** A character in several tokens belongs to the last of them. */
function textsOf(ids: readonly number[], bytes: (id: number) => Uint8Array): string[] {
  const decoder = new TextDecoder();
  return ids.map((id, at) => decoder.decode(bytes(id), { stream: at < ids.length - 1 }));
}
