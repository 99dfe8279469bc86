/**
 * Step look-ahead: speculation between two models of a server (Lookahead Reasoning, Fu et al. 2025, arXiv 2506.19830).
 * A faster model drafts steps. After each drafted step a call of the target goes on from there, all of them at the same
 * time. The reader gets the target's own text and nothing else. Where that has come past the end of a drafted step and
 * agrees with it, the call that went on from there takes over: it is already further.
 *
 * - The first call is the baseline's, and nothing waits for drafts: where all of them are wrong they cost tokens, and no
 *   time of their own.
 * - At most `lookahead` calls of the target are in flight, and one of the drafting model.
 * - A call takes over only where it is known how many tokens came before: else the answer could end before its limit or
 *   behind it. That is known where both calls have an event that ends at the same place.
 * - After a difference, or after `lookahead` steps, the next draft begins where the target's own step ends.
 */
import { type Call, type Context, type EndPart, type Generate, now, type Part } from '../../core/index.ts';
import { type Branch, createBell, goOn, joined, later, type Mark, openBranch, type Piece } from '../branch.ts';
import { type StepRule, stepEnd, tokensAt, tokensBefore } from './step-units.ts';

export interface LookaheadOptions extends StepRule {
  /** Most steps drafted ahead, and most calls of the target in flight. */
  lookahead: number;
}

/** A call of the target that goes on after `from` characters of the answer. */
interface Lane {
  branch: Branch;
  from: number;
  /** Tokens of the answer that its own limit leaves out: as the draft counts them. */
  reserved: number;
  /** The same as the target counted them, once it has taken over. */
  tokensBefore: number;
  /** Its pieces that were looked at. */
  read: number;
  /** When its text became the answer: what came before is stamped with this. */
  since: bigint;
}

/** Steps that the drafting model wrote after `from` characters of the answer. */
interface Draft {
  branch: Branch;
  from: number;
  /** Where in the answer its whole steps end. */
  ends: number[];
  /** Of these, how many the target agreed with. */
  accepted: number;
  /** Calls of the target that wait to take over, by the end of the step that they follow. */
  waiting: Map<number, Lane>;
}

/** A stop that begins in one call and ends in the next can be seen by neither. */
const mayCrossSteps = ({ stop = [] }: Call) => stop.some((one) => /\S\s/.test(one));

/** Tool calls cannot be taken up again in the middle. */
export const cannotContinue = (call: Call): boolean => (call.tools?.length ?? 0) > 0 || mayCrossSteps(call);

export async function* lookAhead(
  target: Generate,
  fast: Generate,
  options: LookaheadOptions,
  call: Call,
  context: Context,
): AsyncGenerator<Part> {
  if (cannotContinue(call)) return yield* target(call, context);
  const { lookahead } = options;
  const { meter } = context;
  const bell = createBell();
  const branches: Branch[] = [];
  const begun = call.continue ?? '';
  /** The answer as the reader has it. */
  let text = '';
  const marks: Mark[] = [];
  let draft: Draft | undefined;
  /** Where the next draft begins: the first end of a step behind `after`, counted from `from`. */
  let next = { from: 0, after: -1 };
  let mayDraft = true;

  const tokens = () => marks.at(-1)?.tokens ?? 0;

  function open(generate: Generate, said: string, reserved: number): Branch {
    const branch = openBranch(generate, goOn(call, begun + said, call.maxTokens - reserved), context, bell);
    branches.push(branch);
    return branch;
  }

  function openLane(said: string, reserved: number): Lane {
    const branch = open(target, said, reserved);
    return { branch, from: said.length, reserved, tokensBefore: reserved, read: 0, since: now() };
  }

  function dropDraft(from: number, after: number): void {
    draft?.branch.leave();
    for (const { branch } of draft?.waiting.values() ?? []) branch.leave();
    draft = undefined;
    next = { from, after };
  }

  function beginDraft(): void {
    let { from } = next;
    while (from <= next.after) {
      const end = stepEnd(text, from, marks, options);
      if (end === undefined) return;
      from = end;
    }
    const reserved = tokensAt(marks, from);
    // The last token is the target's own.
    if (!mayDraft || call.maxTokens - reserved < 2) return;
    draft = { branch: open(fast, text.slice(0, from), reserved), from, ends: [], accepted: 0, waiting: new Map() };
  }

  const drafted = ({ from, branch }: Draft) => text.slice(0, from) + branch.text;

  /** Finds whole steps of the draft. After each but the last, a call of the target goes on. */
  function readDraft(one: Draft): void {
    const whole = drafted(one);
    const { from, branch, ends, waiting } = one;
    const moved = branch.marks.map((mark) => ({ tokens: mark.tokens, length: from + mark.length }));
    const said = branch.end?.reason === 'stop' ? whole.length : undefined;
    while (ends.length < lookahead) {
      const start = ends.at(-1) ?? from;
      const end = stepEnd(whole, start, moved, options) ?? said;
      if (end === undefined || end <= start) break;
      ends.push(end);
      const inFlight = 1 + [...waiting.values()].filter((lane) => !lane.branch.isOver).length;
      const reserved = tokensAt(marks, from) + tokensAt(moved, end);
      const isAhead = end > text.length && end !== said;
      if (isAhead && ends.length < lookahead && inFlight < lookahead && reserved < call.maxTokens)
        waiting.set(end, openLane(whole.slice(0, end), reserved));
    }
    if (ends.length === lookahead) branch.leave();
    if (branch.error !== undefined && branch.isOver) mayDraft &&= ends.length === lookahead;
  }

  /** Holds drafted steps against the target's own text. */
  function judge(one: Draft, isWhole: boolean): void {
    const whole = drafted(one);
    const { ends, branch } = one;
    const isOver = branch.isOver || ends.length === lookahead;
    const most = ends.length === lookahead ? (ends.at(-1) as number) : whole.length;
    const place = firstDifference(text, whole, one.from, most);
    for (let end = ends[one.accepted]; end !== undefined && end <= place; end = ends[one.accepted]) {
      if (end === text.length && !isWhole) return;
      // A step ends before whitespace: where the target goes on without, its own step is longer.
      if (options.unit !== 'tokens' && end < text.length && !/\s/.test(text[end] as string)) break;
      one.accepted++;
      meter.add('drafted', 1);
      meter.add('accepted', 1);
    }
    const start = ends[one.accepted - 1] ?? one.from;
    const differs = place < Math.min(text.length, most) || (ends[one.accepted] ?? Number.POSITIVE_INFINITY) <= place;
    if (differs && one.accepted < lookahead) {
      meter.add('drafted', 1);
      takeOver(one, ends.slice(0, one.accepted));
      dropDraft(start, Math.max(start, place - 1));
    } else if (isOver && one.accepted === ends.length && (ends.length === lookahead || text.length > most)) {
      takeOver(one, ends);
      // A draft that said no whole step begins again behind the target's own.
      dropDraft(start, ends.length === lookahead ? start - 1 : start);
    } else takeOver(one, ends.slice(0, one.accepted));
  }

  /** The furthest of the calls that went on after steps that were right takes over, where it is ahead of the answer. */
  function takeOver({ waiting }: Draft, right: readonly number[]): void {
    for (const end of right.toReversed()) {
      const other = waiting.get(end);
      if (!other) continue;
      const whole = text.slice(0, end) + other.branch.text;
      const isAhead = whole.length > text.length && whole.startsWith(text);
      const before = isAhead ? tokensBefore(marks, end, other.branch.marks) : undefined;
      if (isAhead && before === undefined) continue;
      if (!isAhead && text.startsWith(whole) && !other.branch.isOver) continue;
      waiting.delete(end);
      if (before === undefined) {
        other.branch.leave();
        continue;
      }
      lane.branch.leave();
      lane = { ...other, tokensBefore: before, since: now() };
      for (const [earlier, { branch }] of waiting) {
        if (earlier > end) continue;
        branch.leave();
        waiting.delete(earlier);
      }
      return;
    }
  }

  /** The call may write more than the answer has left: its limit was counted by the draft. */
  const mayWriteTooMuch = () => lane.tokensBefore > lane.reserved;

  /** What of the lane the reader has not got yet. */
  function* release(): Generator<Piece> {
    for (; lane.read < lane.branch.pieces.length; lane.read++) {
      if (mayWriteTooMuch() && tokens() >= call.maxTokens) return;
      const piece = lane.branch.pieces[lane.read] as Piece;
      const mark = lane.branch.marks[lane.read] as Mark;
      const length = lane.from + mark.length;
      const hasText = piece.type === 'text' && piece.channel === 'answer' && piece.text !== '';
      // What the call before it has said already.
      if (length < text.length || (hasText && length === text.length)) continue;
      const passed = { tokens: lane.tokensBefore + mark.tokens, length };
      if (mayWriteTooMuch() && passed.tokens > call.maxTokens) {
        // The limit lies within this piece. Only the server can cut there.
        lane.branch.leave();
        lane = openLane(text, tokens());
        return;
      }
      const fresh = unsaid(piece, length - text.length, passed.tokens - tokens());
      if (hasText) text = text.slice(0, lane.from) + lane.branch.text.slice(0, mark.length);
      marks.push(passed);
      yield { ...fresh, at: later(piece.at, lane.since) };
    }
  }

  /** The draft counts tokens in its own way, so a call may have been given fewer or more than were left. */
  function endOf(): EndPart | undefined {
    const { branch, reserved, tokensBefore } = lane;
    if (mayWriteTooMuch() && tokens() >= call.maxTokens) return { type: 'end', at: now(), reason: 'length' };
    if (!branch.isOver || lane.read < branch.pieces.length) return undefined;
    context.signal.throwIfAborted();
    if (!branch.end) throw branch.error;
    const missing = reserved - tokensBefore;
    if (branch.end.reason !== 'length' || missing <= 0 || branch.pieces.length === 0)
      return { ...branch.end, at: later(branch.end.at, lane.since) };
    lane = openLane(text, call.maxTokens - missing);
    return undefined;
  }

  let lane = openLane('', 0);
  try {
    for (;;) {
      const heard = bell.next();
      context.signal.throwIfAborted();
      if (!draft) beginDraft();
      if (draft) readDraft(draft);
      let released = 0;
      for (const piece of joined(release())) {
        released++;
        yield piece;
      }
      if (draft) judge(draft, lane.branch.isOver && lane.read === lane.branch.pieces.length);
      if (released > 0) continue;
      const end = endOf();
      if (end) {
        for (const branch of branches) branch.leave();
        yield end;
        return;
      }
      if (lane.read === lane.branch.pieces.length && !lane.branch.isOver) await heard;
    }
  } finally {
    for (const branch of branches) branch.leave();
    await Promise.all(branches.map(({ settled }) => settled));
  }
}

/** Where two texts part, from a place on; the shorter's length, or `most`, where they do not. */
function firstDifference(one: string, other: string, from: number, most: number): number {
  const end = Math.min(one.length, other.length, most);
  let place = Math.min(from, end);
  while (place < end && one[place] === other[place]) place++;
  return place;
}

/** The end of a piece: so many characters of its text, and so many tokens. */
function unsaid(piece: Piece, characters: number, tokens: number): Piece {
  if (piece.type !== 'text' || piece.channel !== 'answer' || characters >= piece.text.length) return piece;
  const { ids, logprobs, marks, events: _, ...rest } = piece;
  const last = <T>(all: readonly T[]) => all.slice(Math.max(0, all.length - tokens));
  return {
    ...rest,
    text: piece.text.slice(piece.text.length - characters),
    events: Math.max(0, tokens),
    ...(ids && { ids: last(ids) }),
    ...(logprobs && { logprobs: last(logprobs) }),
    ...(marks && { marks: last(marks) }),
  };
}
