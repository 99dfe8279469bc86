/**
 * Score gate: a faster model writes the answer step by step, and the target grades each step with one digit
 * (SpecReason, Pan et al. 2025, arXiv 2504.07891). A step that gets `acceptScore` or more stands. Otherwise the target
 * writes this step itself, and the faster model goes on after it. Up to `lookahead` drafted steps are graded at the same
 * time, each after the drafted steps before it.
 */
import { type Call, type Context, type EndReason, type Generate, now, type Part } from '../../core/index.ts';
import { type Branch, createBell, goOn, joined, openBranch, type Piece } from '../branch.ts';
import { cannotContinue, type LookaheadOptions } from './step-lookahead.ts';
import { stepEnd, tokensAt } from './step-units.ts';

export interface GateOptions extends LookaheadOptions {
  /** Least digit, 0 to 9, with which a drafted step stands. */
  acceptScore: number;
}

/** Goes on from the step; the answer to it is one digit. */
const question = '\n\nScore of the last step, from 0 (wrong) to 9 (right):';
/** A digit, and a space before it. */
const answerTokens = 3;

/** The first digit of an answer to the question; undefined where there is none. */
export function scoreIn(text: string): number | undefined {
  const found = /^[^\d\n]{0,8}(\d)(?!\d)/.exec(text.trimStart());
  return found ? Number(found[1]) : undefined;
}

interface Step {
  text: string;
  tokens: number;
  /** The answer to the question about it. */
  grade: Branch;
}

export async function* gated(
  target: Generate,
  fast: Generate,
  options: GateOptions,
  call: Call,
  context: Context,
): AsyncGenerator<Part> {
  if (cannotContinue(call)) return yield* target(call, context);
  const { lookahead, acceptScore } = options;
  const { meter } = context;
  const branches: Branch[] = [];
  const bell = createBell();
  let said = call.continue ?? '';
  let left = call.maxTokens;

  const open = (generate: Generate, asked: Call): Branch => {
    const branch = openBranch(generate, asked, context, bell);
    branches.push(branch);
    return branch;
  };

  /** Short, greedy, and without the caller's stops: they would cut the question's answer, not the step. */
  function gradeOf(text: string): Branch {
    const { stop: _, logprobs: __, ...plain } = goOn(call, text + question, answerTokens);
    return open(target, { ...plain, temperature: 0 });
  }

  /** Steps that stand, in order; how the answer ended where the faster model's end stands. */
  async function* drafted(): AsyncGenerator<Step, EndReason | 'failed' | undefined> {
    const base = said;
    const draft = open(fast, goOn(call, said, left));
    const steps: Step[] = [];
    let place = 0;
    const read = () => {
      while (steps.length < lookahead) {
        const end =
          stepEnd(draft.text, place, draft.marks, options) ??
          (draft.end && draft.text.length > place ? draft.text.length : undefined);
        if (end === undefined) break;
        const text = draft.text.slice(place, end);
        steps.push({
          text,
          tokens: tokensAt(draft.marks, end) - tokensAt(draft.marks, place),
          grade: gradeOf(base + draft.text.slice(0, end)),
        });
        place = end;
      }
      if (steps.length === lookahead) draft.leave();
    };
    for (let at = 0; at < lookahead; at++) {
      for (;;) {
        const heard = bell.next();
        context.signal.throwIfAborted();
        read();
        if (steps[at]?.grade.isOver || (!steps[at] && draft.isOver)) break;
        await heard;
      }
      const step = steps[at];
      if (!step) return draft.end?.reason ?? 'failed';
      meter.add('drafted', 1);
      const score = step.grade.end ? scoreIn(step.grade.text) : undefined;
      if (score !== undefined) meter.tally('score', score);
      if (score === undefined || score < acceptScore) {
        leaveAll();
        return undefined;
      }
      meter.add('accepted', 1);
      yield step;
      const isLast = at === steps.length - 1 && draft.end !== undefined && place === draft.text.length;
      if (isLast) return draft.end?.reason;
    }
    return undefined;
  }

  function leaveAll(): void {
    for (const branch of branches) branch.leave();
  }

  /** One step of the target's own, as it is written; how the answer ended where it did. */
  async function* own(): AsyncGenerator<Piece, EndReason | undefined> {
    const branch = open(target, goOn(call, said, left));
    let read = 0;
    let length = 0;
    function* come(end: number): Generator<Piece> {
      for (; read < branch.pieces.length && length < end; read++) {
        const piece = branch.pieces[read] as Piece;
        if (piece.type !== 'text' || piece.channel !== 'answer') {
          yield piece;
          continue;
        }
        const text = piece.text.slice(0, end - length);
        length += text.length;
        said += text;
        yield { ...piece, text };
      }
    }
    for (;;) {
      const heard = bell.next();
      context.signal.throwIfAborted();
      const end = stepEnd(branch.text, 0, branch.marks, options);
      yield* joined(come(end ?? Number.POSITIVE_INFINITY));
      if (end !== undefined && length >= end) {
        branch.leave();
        left -= tokensAt(branch.marks, end);
        return left <= 0 ? 'length' : undefined;
      }
      if (branch.isOver) {
        if (!branch.end) throw branch.error;
        return branch.end.reason;
      }
      await heard;
    }
  }

  try {
    for (;;) {
      const drafting = drafted();
      let stood = 0;
      let drawn = await drafting.next();
      for (; !drawn.done; drawn = await drafting.next()) {
        const step = drawn.value;
        said += step.text;
        left -= step.tokens;
        stood++;
        yield { type: 'text', at: now(), text: step.text, channel: 'answer', events: step.tokens };
      }
      const { value: how } = drawn;
      if (how === 'failed') return yield* target(goOn(call, said, left), context);
      if (how !== undefined && stood > 0) {
        leaveAll();
        return yield { type: 'end', at: now(), reason: how };
      }
      if (how === undefined && stood === lookahead) continue;
      const end = yield* own();
      if (end !== undefined || left <= 0) {
        leaveAll();
        return yield { type: 'end', at: now(), reason: end ?? 'length' };
      }
    }
  } finally {
    leaveAll();
    await Promise.all(branches.map(({ settled }) => settled));
  }
}
