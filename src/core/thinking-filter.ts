/** Reasoning that a model writes into the answer, between tags: told apart while it streams, wherever the tags are cut. */
import type { TextPart } from './call.ts';
import { thinkingTags } from './thinking-tags.ts';

/** Hands on a piece by its channel. `closes`: see `TextPart.closesReasoning`. */
export type Emit = (channel: TextPart['channel'], piece: string, at: bigint, closes?: true) => void;

/** Takes the pieces of the answer channel in their order. */
export interface AnswerFilter {
  /** False where the piece was no news: an echo of the prompt. */
  take(piece: string, at: bigint): boolean;
  /** No more pieces: what is held back comes out. */
  end(): void;
}

/** Closings that count without an opening: no answer has one of them by chance. */
const unopened = ['</think>', '</seed:think>', '[/THINK]', '◁/think▷'];
const longest = Math.max(...unopened.map((tag) => tag.length));

type State = 'start' | 'thinking' | 'between' | 'answer' | 'watching';

/** First characters of all tags. */
const [less, bracket, triangle] = ['<', '[', '◁'].map((character) => character.charCodeAt(0));

/** Whether a piece can neither begin nor end reasoning: nearly every piece of nearly every answer, so it is quick. */
export function isOrdinary(piece: string, isFirst: boolean): boolean {
  for (let i = 0; i < piece.length; i++) {
    const code = piece.charCodeAt(i);
    if (code === less || code === bracket || code === triangle) return false;
  }
  return !isFirst || piece.trimStart() !== '';
}

/**
 * The tags and the blanks after them go with the reasoning, so that both channels together are all that came.
 *
 * @param from `watching`: ordinary pieces of the answer went by already; `thinking`: the prompt began the reasoning
 * @param closing with `thinking`: the tag that ends it
 */
export function createThinkingFilter(
  emit: Emit,
  from: 'start' | 'watching' | 'thinking' = 'start',
  closing = '',
): AnswerFilter {
  let state: State = from;
  let held: { piece: string; at: bigint }[] = [];
  /** The end of what was seen, in which a closing tag may have begun. */
  let tail = '';
  let close = closing;

  function release(): void {
    const pieces = held;
    held = [];
    for (const { piece, at } of pieces) emit('answer', piece, at);
  }

  function start(piece: string, at: bigint): void {
    held.push({ piece, at });
    const whole = held.map((one) => one.piece).join('');
    const said = whole.trimStart();
    const opened = thinkingTags.find(({ open }) => said.startsWith(open));
    if (opened) {
      const before = whole.length - piece.length;
      const end = whole.indexOf(opened.open) + opened.open.length - before;
      for (const one of held.slice(0, -1)) emit('reasoning', one.piece, one.at);
      held = [];
      emit('reasoning', piece.slice(0, end), at);
      close = opened.close;
      state = 'thinking';
      if (end < piece.length) thinking(piece.slice(end), at);
    } else if (!thinkingTags.some(({ open }) => open.startsWith(said))) {
      state = 'watching';
      // Watched first: the closing tag may be in it already.
      const pieces = held;
      held = [];
      for (const one of pieces) next(one.piece, one.at);
    }
  }

  function thinking(piece: string, at: bigint): void {
    const seen = tail + piece;
    const found = seen.indexOf(close);
    if (found === -1) {
      tail = seen.slice(1 - close.length);
      emit('reasoning', piece, at);
      return;
    }
    const end = found + close.length - tail.length;
    emit('reasoning', piece.slice(0, end), at);
    after(piece.slice(end), at);
  }

  function after(rest: string, at: bigint): void {
    tail = '';
    state = 'between';
    if (rest !== '') between(rest, at);
  }

  function between(piece: string, at: bigint): void {
    const said = piece.trimStart();
    const blank = piece.length - said.length;
    if (blank > 0) emit('reasoning', piece.slice(0, blank), at);
    if (said === '') return;
    state = 'answer';
    emit('answer', said, at);
  }

  function watching(piece: string, at: bigint): void {
    const isPlain = isOrdinary(piece, false);
    if (isPlain && tail === '') {
      emit('answer', piece, at);
      return;
    }
    const seen = tail + piece;
    const found = unopened.map((tag) => ({ tag, from: seen.indexOf(tag) })).find(({ from }) => from !== -1);
    if (!found) {
      tail = isPlain && piece.length >= longest ? '' : seen.slice(1 - longest);
      if (!/[<[◁]/.test(tail)) tail = '';
      emit('answer', piece, at);
      return;
    }
    const end = found.from + found.tag.length - tail.length;
    emit('reasoning', piece.slice(0, end), at, true);
    after(piece.slice(end), at);
  }

  function next(piece: string, at: bigint): void {
    if (state === 'answer') emit('answer', piece, at);
    else if (state === 'watching') watching(piece, at);
    else if (state === 'thinking') thinking(piece, at);
    else if (state === 'between') between(piece, at);
    else start(piece, at);
  }

  return {
    take(piece, at) {
      next(piece, at);
      return true;
    },
    end: release,
  };
}

/** Hands every piece on as it is. */
export const keepingFilter = (emit: Emit): AnswerFilter => ({
  take(piece, at) {
    emit('answer', piece, at);
    return true;
  },
  end: () => undefined,
});
