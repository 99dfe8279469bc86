/**
 * A call that a client realisation makes beside others: it is read while it comes, and can be left at any time. Its
 * bill goes to the caller's meter, whether it ends, fails or is left.
 */
import {
  type Call,
  type Context,
  codeOf,
  type EndPart,
  fork,
  type Generate,
  type Part,
  type TextEnd,
  type TextPart,
} from '../core/index.ts';

/** Text or a piece of a tool call. */
export type Piece = Exclude<Part, EndPart>;

export interface Branch {
  readonly call: Call;
  /** What has come so far, a piece for each event: the end of a piece is the end of a token, however many share a read. */
  readonly pieces: readonly Piece[];
  /** The answer channel of it. */
  readonly text: string;
  /** Tokens of the answer after each piece, and its length then. */
  readonly marks: readonly Mark[];
  readonly end: EndPart | undefined;
  readonly error: unknown;
  readonly isOver: boolean;
  /** Leaves the call: its socket is free, its bill is in. */
  leave(): void;
  /** Resolves when nothing more comes. */
  readonly settled: Promise<void>;
}

export type Mark = TextEnd;

/** Wakes whoever waits for any of several branches. */
export interface Bell {
  ring(): void;
  /** Resolves with the next ring. */
  next(): Promise<void>;
}

export function createBell(): Bell {
  let wake: (() => void) | undefined;
  let waiting: Promise<void> | undefined;
  return {
    ring() {
      wake?.();
      waiting = undefined;
      wake = undefined;
    },
    next() {
      waiting ??= new Promise((resolve) => {
        wake = resolve;
      });
      return waiting;
    },
  };
}

/** Tokens of a piece as far as it tells: ids, else the events that it came in. */
export const tokensOf = (piece: Piece): number =>
  piece.ids?.length ?? piece.events ?? (piece.type === 'tool' || piece.text !== '' ? 1 : 0);

/** A part of several events as one piece for each. */
export function eventsOf(part: Piece): readonly Piece[] {
  if (part.type !== 'text' || !part.ends) return [part];
  const { ends, text, ids, logprobs, marks, events: all = ends.length, ...rest } = part;
  const count = ends.at(-1)?.tokens ?? 0;
  let before: TextEnd = { length: 0, tokens: 0 };
  return ends.map((end, at) => {
    const isLast = at === ends.length - 1;
    const { length, tokens } = before;
    before = end;
    // What is not told token by token goes with the last.
    const own = <T>(list: readonly T[]) =>
      list.length === count ? list.slice(tokens, end.tokens) : isLast ? list : [];
    return {
      ...rest,
      text: text.slice(length, end.length),
      events: isLast ? all - (ids ? at : tokens) : ids ? 1 : end.tokens - tokens,
      ...(ids && { ids: own(ids) }),
      ...(logprobs && { logprobs: own(logprobs) }),
      ...(marks && { marks: own(marks) }),
    };
  });
}

/** Neighbours that came in one read as one part again. */
export function* joined(pieces: Iterable<Piece>): Generator<Piece> {
  let open: Piece | undefined;
  for (const piece of pieces) {
    const both: Piece | undefined = open && together(open, piece);
    if (open && !both) yield open;
    open = both ?? piece;
  }
  if (open) yield open;
}

function together(one: Piece, other: Piece): TextPart | undefined {
  if (one.type !== 'text' || other.type !== 'text' || one.at !== other.at || one.channel !== other.channel)
    return undefined;
  if (one.closesReasoning || other.closesReasoning || !one.ids !== !other.ids) return undefined;
  const list = <T>(a: readonly T[] | undefined, b: readonly T[] | undefined) => [...(a ?? []), ...(b ?? [])];
  const { length } = one.text;
  const tokens = tokensOf(one);
  const endsOf = (part: TextPart) => part.ends ?? [{ length: part.text.length, tokens: tokensOf(part) }];
  const moved = endsOf(other).map((end) => ({ length: length + end.length, tokens: tokens + end.tokens }));
  return {
    ...one,
    text: one.text + other.text,
    events: (one.events ?? 1) + (other.events ?? 1),
    ends: [...endsOf(one), ...moved],
    ...(one.ids && { ids: list(one.ids, other.ids) }),
    ...((one.logprobs || other.logprobs) && { logprobs: list(one.logprobs, other.logprobs) }),
    ...((one.marks || other.marks) && { marks: list(one.marks, other.marks) }),
  };
}

export function later(one: bigint, other: bigint): bigint {
  if (one > other) return one;
  return other;
}

/** The call is made at once. What it fails with stands in `error`; what breaks a promise of ours is thrown by `settled`. */
export function openBranch(generate: Generate, call: Call, context: Context, bell: Bell): Branch {
  const own = fork(context);
  const pieces: Piece[] = [];
  const marks: Mark[] = [];
  let [text, tokens] = ['', 0];
  let end: EndPart | undefined;
  let failure: { error: unknown } | undefined;
  let left = false;
  let over = false;

  function take(part: Part): void {
    if (part.type === 'end') {
      end = part;
      return;
    }
    for (const piece of eventsOf(part)) {
      pieces.push(piece);
      tokens += tokensOf(piece);
      if (piece.type === 'text' && piece.channel === 'answer') text += piece.text;
      marks.push({ tokens, length: text.length });
    }
  }

  async function read(): Promise<void> {
    try {
      for await (const part of generate(call, own)) {
        if (left) break;
        take(part);
        bell.ring();
      }
    } catch (error) {
      failure = { error };
      if (codeOf(error) === 'E_POLICY') throw error;
    } finally {
      over = true;
      own[Symbol.dispose]();
      bell.ring();
    }
  }

  const settled = read();
  // Whoever opened it looks at `error`; who waits for it hears of a broken promise.
  settled.catch(() => undefined);
  return {
    call,
    pieces,
    marks,
    settled,
    get text() {
      return text;
    },
    get end() {
      return end;
    },
    get error() {
      return failure?.error;
    },
    get isOver() {
      return over;
    },
    leave() {
      if (left || over) return;
      left = true;
      own[Symbol.dispose]();
    },
  };
}

/** A branch from its first to its last word. @throws what the call fails with */
export async function whole(generate: Generate, call: Call, context: Context): Promise<Branch> {
  const branch = openBranch(generate, call, context, createBell());
  await branch.settled;
  context.signal.throwIfAborted();
  if (branch.error !== undefined) throw branch.error;
  return branch;
}

/** The call that goes on after what was said, with so many tokens at most. */
export function goOn(call: Call, said: string, maxTokens: number): Call {
  return { ...call, ...(said !== '' && { continue: said }), maxTokens };
}
