/**
 * A call that a client realisation makes beside others: it is read while it comes, and can be left at any time. Its
 * bill goes to the caller's meter, whether it ends, fails or is left.
 */
import { type Call, type Context, codeOf, type EndPart, fork, type Generate, type Part } from '../core/index.ts';

/** Text or a piece of a tool call. */
export type Piece = Exclude<Part, EndPart>;

export interface Branch {
  readonly call: Call;
  /** What has come so far. */
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

export interface Mark {
  tokens: number;
  length: number;
}

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
    pieces.push(part);
    tokens += tokensOf(part);
    if (part.type === 'text' && part.channel === 'answer') text += part.text;
    marks.push({ tokens, length: text.length });
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
