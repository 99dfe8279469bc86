/** One call within a trial: what was asked, what came when, and who counted the tokens. */
import {
  type Call,
  type CallRecord,
  type Counters,
  hash,
  promptCharacters,
  type Turn,
  type Usage,
} from '../core/index.ts';
import { type Collected, toolCallsOf } from './collect.ts';
import { failureOf } from './failure.ts';
import { wholeMarks } from './token-marks.ts';

/** Rough size of a token where nobody counts: stands only in turns whose origin is `estimate`. */
const CHARACTERS_PER_TOKEN = 4;

export interface AskedCall {
  call: Call;
  /** Wall clock of the intended send in milliseconds since 1970. */
  startedAt: number;
  /** Milliseconds from the trial's start to the intended send. */
  start: number;
  /** Milliseconds from the intended send to the moment the realisation was called. */
  sent: number;
  /** How many calls the trial had made before. */
  index: number;
}

/** @param failure what the call failed with */
export function turnOf(
  { call, startedAt, start, sent, index }: AskedCall,
  collected: Collected,
  counters: Counters,
  failure?: { error: unknown },
): Turn {
  const { at, tokens, events, texts, first_answer, end, reason, ids } = collected;
  let firstSent = Number.POSITIVE_INFINITY;
  for (const record of counters.calls) firstSent = Math.min(firstSent, record.sent);
  const turn: Turn = {
    call: hash(call),
    started_at: new Date(startedAt).toISOString(),
    start,
    sent: Number.isFinite(firstSent) ? Math.max(sent, firstSent) : sent,
    at,
    tokens,
    end,
    ...countTokens(call, collected, counters),
  };
  if (events.some((count) => count > 1)) turn.events = events;
  if (texts) turn.texts = texts;
  const marks = collected.marks && wholeMarks(collected.marks, total(tokens));
  if (marks) turn.marks = marks;
  if (collected.reasoningParts) turn.reasoning = collected.reasoningParts;
  if (collected.toolParts) turn.tool_parts = collected.toolParts;
  if (collected.toolCalls) turn.tool_calls = toolCallsOf(collected, index);
  if (first_answer !== undefined) turn.first_answer = first_answer;
  if (reason) turn.reason = reason;
  // Ids of half an answer would look like a short answer.
  if (ids.length > 0 && ids.length === total(tokens)) turn.ids = ids;
  if (failure) turn.error = failureOf(failure.error);
  return turn;
}

type TokenCounts = Pick<Turn, 'prompt_tokens' | 'completion_tokens' | 'reasoning_tokens' | 'cached_tokens' | 'origin'>;

/**
 * Prompt tokens are those of all inner calls; completion tokens are those that were delivered, as far as the parts'
 * ids tell. Without ids they are those of the inner call that ended well; where several calls wrote, a policy chose of
 * what they wrote, and the events of its parts say how much. Cancelled calls stand in the counters.
 */
function countTokens(call: Call, collected: Collected, { calls, sums }: Counters): TokenCounts {
  const delivered = collected.tokens.every((count) => count > 0) ? total(collected.tokens) : undefined;
  const counted = sumUsages(calls);
  if (counted) {
    const writers = calls.filter(({ usage }) => usage !== undefined && usage.completion > 0).length;
    const chosen = writers > 1 ? total(collected.events) : undefined;
    return { ...counted, completion_tokens: delivered || chosen || counted.completion_tokens };
  }
  if (sums.prompt_tokens !== undefined)
    return {
      prompt_tokens: sums.prompt_tokens,
      completion_tokens: delivered ?? sums.completion_tokens ?? 0,
      ...(sums.cached_prompt_tokens !== undefined && { cached_tokens: sums.cached_prompt_tokens }),
      origin: 'engine',
    };
  return {
    prompt_tokens: estimate(promptCharacters(call)),
    completion_tokens: delivered ?? estimate(writtenCharacters(collected)),
    origin: 'estimate',
  };
}

function writtenCharacters({ answer, reasoning, toolCalls }: Collected): number {
  const calls = [...(toolCalls?.values() ?? [])].map(({ name, arguments: text }) => name.length + text.length);
  return answer.length + reasoning.length + total(calls);
}

/** The calls' usages together; undefined where no call has one. Answers count where they came to their end. */
function sumUsages(calls: readonly CallRecord[]): TokenCounts | undefined {
  let counts: TokenCounts | undefined;
  for (const { usage, outcome } of calls) {
    if (!usage) continue;
    counts ??= { prompt_tokens: 0, completion_tokens: 0, origin: 'engine' };
    counts.prompt_tokens += usage.prompt;
    counts.origin = weaker(counts.origin, usage.origin);
    if (usage.cached !== undefined) counts.cached_tokens = (counts.cached_tokens ?? 0) + usage.cached;
    if (outcome !== 'ok') continue;
    // Some servers count the token that ends an answer, others do not. It brings no text, so it is none of the answer.
    counts.completion_tokens += usage.completion - (usage.endToken ? 1 : 0);
    if (usage.reasoning !== undefined) counts.reasoning_tokens = (counts.reasoning_tokens ?? 0) + usage.reasoning;
  }
  return counts;
}

const trust: Record<Usage['origin'], number> = { estimate: 0, server: 1, engine: 2 };
const weaker = (one: Usage['origin'], other: Usage['origin']) => (trust[other] < trust[one] ? other : one);

const total = (numbers: readonly number[]) => numbers.reduce((sum, number) => sum + number, 0);
const estimate = (characters: number) => Math.ceil(characters / CHARACTERS_PER_TOKEN);
