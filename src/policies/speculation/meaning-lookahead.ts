/**
 * Step look-ahead where a drafted step counts that means the same as the target's own: `verifier: semantic`. The target
 * writes its own version of each step, all at the same time, each after the drafted steps before it. Steps are compared
 * by the cosine of their sentence vectors. The first that is not near enough is replaced by the target's own, and what
 * was drafted after it is dropped. A step that cannot be compared counts as different.
 */
import { type Call, type Context, type EndReason, type Generate, now, type Part } from '../../core/index.ts';
import { type Bell, type Branch, createBell, goOn, openBranch } from '../branch.ts';
import { cannotContinue, type LookaheadOptions } from './step-lookahead.ts';
import { stepEnd, tokensAt } from './step-units.ts';

export interface MeaningOptions extends LookaheadOptions {
  /** In [−1, 1]. */
  similarity(own: string, drafted: string): Promise<number>;
  /** A drafted step this near to the target's own stands in the answer. */
  threshold: number;
}

interface Said {
  text: string;
  tokens: number;
}

export async function* lookAheadByMeaning(
  target: Generate,
  fast: Generate,
  options: MeaningOptions,
  call: Call,
  context: Context,
): AsyncGenerator<Part> {
  if (cannotContinue(call)) return yield* target(call, context);
  const said: Said = { text: call.continue ?? '', tokens: 0 };
  for (;;) {
    const rest = goOn(call, said.text, call.maxTokens - said.tokens);
    const playing = playRound(target, fast, options, rest, context);
    for (;;) {
      const { value, done } = await playing.next();
      if (!done) {
        said.text += value.text;
        said.tokens += value.tokens;
        yield { type: 'text', at: now(), text: value.text, channel: 'answer', events: value.tokens };
        continue;
      }
      const isFull = said.tokens >= call.maxTokens;
      if (value || isFull) return yield { type: 'end', at: now(), reason: value ?? 'length' };
      break;
    }
  }
}

/** @returns how the answer ended; undefined where it goes on */
async function* playRound(
  target: Generate,
  fast: Generate,
  options: MeaningOptions,
  call: Call,
  context: Context,
): AsyncGenerator<Said, EndReason | undefined> {
  const { lookahead, similarity, threshold } = options;
  const { meter } = context;
  const bell = createBell();
  const begun = call.continue ?? '';
  const draft = call.maxTokens > 1 ? openBranch(fast, call, context, bell) : undefined;
  const lanes: Branch[] = [openBranch(target, call, context, bell)];
  const all = () => (draft ? [draft, ...lanes] : lanes);
  /** Where in the draft its steps end. */
  const ends: number[] = [];

  function readDraft(): void {
    if (!draft) return;
    while (ends.length < lookahead) {
      const end = endOfStep(draft, ends.at(-1) ?? 0, options);
      if (end === undefined) break;
      ends.push(end);
      const used = tokensAt(draft.marks, end);
      const isLast = ends.length === lookahead || (draft.isOver && end === draft.text.length);
      if (!isLast && used < call.maxTokens)
        lanes.push(
          openBranch(target, goOn(call, begun + draft.text.slice(0, end), call.maxTokens - used), context, bell),
        );
    }
    if (ends.length === lookahead) draft.leave();
  }

  try {
    for (let step = 0; ; step++) {
      const lane = lanes[step];
      if (!lane) return undefined;
      const end = await until(bell, context, readDraft, () => laneEnd(lane, options));
      const own = lane.text.slice(0, end);
      const isLast = end === lane.text.length && lane.isOver;
      const from = ends[step - 1] ?? 0;
      const draftedEnd = await until(
        bell,
        context,
        readDraft,
        () => ends[step] ?? (!draft || draft.isOver ? -1 : undefined),
      );
      // The target's last step is its own: what it ended with is how the answer ends.
      const isDrafted = draft !== undefined && draftedEnd > from;
      if (isDrafted) meter.add('drafted', 1);
      if (isDrafted && !isLast && (await similarity(own, draft.text.slice(from, draftedEnd))) >= threshold) {
        meter.add('accepted', 1);
        yield {
          text: draft.text.slice(from, draftedEnd),
          tokens: tokensAt(draft.marks, draftedEnd) - tokensAt(draft.marks, from),
        };
        continue;
      }
      for (const branch of all()) if (branch !== lane) branch.leave();
      if (own !== '') yield { text: own, tokens: tokensAt(lane.marks, end) };
      return isLast ? lane.end?.reason : undefined;
    }
  } finally {
    for (const branch of all()) branch.leave();
    await Promise.all(all().map(({ settled }) => settled));
  }
}

/** Where the step that begins at `from` ends; its last one ends with the answer. */
function endOfStep(branch: Branch, from: number, options: LookaheadOptions): number | undefined {
  const end = stepEnd(branch.text, from, branch.marks, options);
  if (end !== undefined) return end;
  return branch.end?.reason === 'stop' && branch.text.length > from ? branch.text.length : undefined;
}

/** The end of the target's own step. @throws what its call failed with */
function laneEnd(lane: Branch, options: LookaheadOptions): number | undefined {
  const end = stepEnd(lane.text, 0, lane.marks, options);
  if (end !== undefined) return end;
  if (!lane.isOver) return undefined;
  if (!lane.end) throw lane.error;
  return lane.text.length;
}

/** Waits until something is known. */
async function until<T>(bell: Bell, { signal }: Context, read: () => void, known: () => T | undefined): Promise<T> {
  for (;;) {
    const heard = bell.next();
    signal.throwIfAborted();
    read();
    const value = known();
    if (value !== undefined) return value;
    await heard;
  }
}
