/**
 * Thinking apart from the answer: what a model writes between `<think>` and `</think>` before its answer goes to the
 * reasoning channel. A stage over parts, so it can follow any source of them.
 */
import { now, type Part, type TextPart, type ThinkingTags, type Tokenizer, thinkingTags } from '../core/index.ts';

/**
 * - `keep`: thinking is on the reasoning channel, with its text.
 * - `drop`: the same, without its text; ids, and so counts and times, stay.
 * - `score`: thinking is part of the answer, as the model wrote it.
 */
export type ReasoningMode = 'keep' | 'drop' | 'score';

export interface ReasoningOptions {
  /** @default 'drop' */
  mode?: ReasoningMode;
  /** The prompt itself began the thinking: see `opensReasoning`. */
  inside?: boolean;
  /** Says which ids belong to which text where one part holds both. Without it they go with the answer. */
  tokenizer?: Pick<Tokenizer, 'bytes'>;
}

/** The tags that a prompt opened for the answer and left open, as templates of models that always think do. */
function openTags(prompt: string): ThinkingTags | undefined {
  return thinkingTags.find(
    ({ open, close }) => prompt.lastIndexOf(open) > prompt.lastIndexOf(close) && prompt.trimEnd().endsWith(open),
  );
}

/** Whether an answer to this prompt begins inside its thinking. */
export const opensReasoning = (prompt: string): boolean => openTags(prompt) !== undefined;

type Piece = { channel: TextPart['channel']; text: string };

/** Cuts a growing text into pieces of the two channels; tags, and white space around them, belong to neither. */
function createSplitter(inside: boolean) {
  let state: 'start' | 'thinking' | 'gap' | 'answer' = inside ? 'thinking' : 'start';
  let closes = thinkingTags.map(({ close }) => close);
  let held = '';
  const step = (): Piece | undefined => {
    if (state === 'answer') return take('answer', held.length);
    if (state === 'gap') {
      held = held.trimStart();
      if (held === '') return undefined;
      state = 'answer';
      return take('answer', held.length);
    }
    if (state === 'start') {
      const text = held.trimStart();
      const found = thinkingTags.find(({ open }) => text.startsWith(open));
      if (!found) {
        if (text === '' || thinkingTags.some(({ open }) => open.startsWith(text))) return undefined;
        state = 'answer';
        return take('answer', held.length);
      }
      held = text.slice(found.open.length);
      closes = [found.close];
      state = 'thinking';
    }
    return think();
  };
  const think = (): Piece | undefined => {
    const ends = closes.map((close) => ({ close, at: held.indexOf(close) })).filter(({ at }) => at >= 0);
    const first = ends.sort((a, b) => a.at - b.at)[0];
    if (first) {
      const piece = { channel: 'reasoning' as const, text: held.slice(0, first.at) };
      held = held.slice(first.at + first.close.length);
      state = 'gap';
      return piece;
    }
    const open = Math.max(...closes.map((close) => overlap(held, close)));
    return take('reasoning', held.length - open);
  };
  const take = (channel: Piece['channel'], length: number): Piece | undefined => {
    if (length === 0) return undefined;
    const text = held.slice(0, length);
    held = held.slice(length);
    return { channel, text };
  };
  return {
    get channel(): Piece['channel'] {
      return state === 'thinking' ? 'reasoning' : 'answer';
    },
    push(text: string): Piece[] {
      held += text;
      const pieces: Piece[] = [];
      for (let before = state; ; before = state) {
        const piece = step();
        // the end of thinking is a piece even without text: the tag's ids belong to it
        if (piece) pieces.push(piece);
        if (state === before) return pieces;
      }
    },
    /** What was held back, at the end. */
    flush(): Piece[] {
      const text = state === 'gap' ? '' : held;
      held = '';
      return text === '' ? [] : [{ channel: state === 'thinking' ? 'reasoning' : 'answer', text }];
    },
  };
}

/** Length of the longest end of a text that begins the tag. */
function overlap(text: string, tag: string): number {
  for (let length = Math.min(tag.length - 1, text.length); length > 0; length--)
    if (text.endsWith(tag.slice(0, length))) return length;
  return 0;
}

/**
 * The parts of a stream with thinking on its own channel. Text that may be the start of a tag waits, and is stamped
 * when it leaves; all ids, marks and log-probabilities come through, in order. Parts that are reasoning already pass.
 */
export async function* splitReasoning(
  parts: AsyncIterable<Part>,
  options: ReasoningOptions = {},
): AsyncGenerator<Part> {
  const { mode = 'drop', inside = false, tokenizer } = options;
  if (mode === 'score') {
    yield* parts;
    return;
  }
  const stage = createStage(createSplitter(inside), mode === 'keep', tokenizer);
  for await (const part of parts) {
    if (part.type === 'end') yield* stage.end(part.at);
    yield* part.type === 'text' && part.channel === 'answer' ? stage.push(part) : [part];
  }
}

type Token = { id: number; mark: unknown; logprob: unknown; text: string };

function createStage(
  splitter: ReturnType<typeof createSplitter>,
  keepsText: boolean,
  tokenizer: Pick<Tokenizer, 'bytes'> | undefined,
) {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let waiting: Token[] = [];
  let events = 0;
  const partsOf = (pieces: readonly Piece[], at: bigint, extra: Partial<TextPart>): TextPart[] =>
    pieces.map(({ channel, text }, index) => {
      const own = index === pieces.length - 1 ? waiting : waiting.splice(0, tokensFor(text));
      if (index === pieces.length - 1) waiting = [];
      return {
        ...extra,
        type: 'text',
        at,
        text: channel === 'reasoning' && !keepsText ? '' : text,
        channel,
        ...(own.length > 0 && { ids: own.map(({ id }) => id) }),
        ...(own.some(({ logprob }) => logprob) && { logprobs: own.flatMap(({ logprob }) => logprob ?? []) }),
        ...(own.some(({ mark }) => mark) && { marks: own.map(({ mark }) => mark ?? {}) }),
      } as TextPart;
    });
  /** How many of the waiting tokens it takes to write the text and the tag that ends it. */
  const tokensFor = (text: string): number => {
    if (!tokenizer) return 0;
    let length = 0;
    const count = waiting.findIndex((token) => {
      length += token.text.length;
      return length > text.length;
    });
    return count < 0 ? waiting.length : Math.min(waiting.length, count + 1);
  };
  return {
    push(part: TextPart): TextPart[] {
      const { ids = [], marks, logprobs, events: heard, ...rest } = part;
      events += heard ?? 0;
      for (const [index, id] of ids.entries()) {
        const text = tokenizer ? decoder.decode(tokenizer.bytes(id), { stream: true }) : '';
        waiting.push({ id, mark: marks?.[index], logprob: logprobs?.[index], text });
      }
      const pieces = splitter.push(part.text);
      const found = partsOf(
        pieces,
        pieces.length > 0 && part.text.endsWith(pieces.at(-1)!.text) ? part.at : now(),
        rest,
      );
      if (found[0] && events > 0) {
        found[0].events = events;
        events = 0;
      }
      return found;
    },
    /** What still waits when the stream ends: text, or ids that show nothing. */
    end(at: bigint): TextPart[] {
      const pieces = splitter.flush();
      if (pieces.length === 0 && waiting.length > 0) pieces.push({ channel: splitter.channel, text: '' });
      return partsOf(pieces, at, {});
    },
  };
}
