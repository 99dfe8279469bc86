/** One call within a trial: what was asked, what came when, and who counted the tokens. */
import { type Call, type Counters, hash, type Turn, type Usage } from '../core/index.ts';
import type { Collected } from './collect.ts';

/** Rough size of a token where nobody counts: stands only in turns whose origin is `estimate`. */
const CHARACTERS_PER_TOKEN = 4;

export interface AskedCall {
  call: Call;
  /** Wall clock of the intended send in milliseconds since 1970. */
  startedAt: number;
  /** Milliseconds from the intended send to the moment the realisation was called. */
  sent: number;
}

export function turnOf({ call, startedAt, sent }: AskedCall, collected: Collected, counters: Counters): Turn {
  const { at, tokens, events, first_answer, end, reason, ids } = collected;
  let firstSent = Number.POSITIVE_INFINITY;
  for (const record of counters.calls) firstSent = Math.min(firstSent, record.sent);
  return {
    call: hash(call),
    started_at: new Date(startedAt).toISOString(),
    sent: Number.isFinite(firstSent) ? Math.max(sent, firstSent) : sent,
    at,
    tokens,
    ...(events.some((count) => count > 1) && { events }),
    ...(first_answer !== undefined && { first_answer }),
    end,
    ...(reason && { reason }),
    // Ids of half an answer would look like a short answer.
    ...(ids.length > 0 && ids.length === total(tokens) && { ids }),
    ...countTokens(call, collected, counters),
  };
}

type TokenCounts = Pick<Turn, 'prompt_tokens' | 'completion_tokens' | 'reasoning_tokens' | 'cached_tokens' | 'origin'>;

/**
 * Prompt tokens are those of all inner calls; completion tokens are those that were delivered, as far as the parts'
 * ids tell. Without ids they are those of the inner calls that ended well. Cancelled calls stand in the counters.
 */
function countTokens(call: Call, collected: Collected, { calls, sums }: Counters): TokenCounts {
  const usages = calls.flatMap((record) => record.usage ?? []);
  const finished = calls.flatMap((record) => (record.outcome === 'ok' && record.usage) || []);
  const delivered = collected.tokens.every((count) => count > 0) ? total(collected.tokens) : undefined;
  if (usages.length > 0) {
    return {
      prompt_tokens: total(usages.map((usage) => usage.prompt)),
      completion_tokens: delivered || total(finished.map((usage) => usage.completion)),
      ...optional('reasoning_tokens', finished, 'reasoning'),
      ...optional('cached_tokens', usages, 'cached'),
      origin: weakest(usages),
    };
  }
  if (sums.prompt_tokens !== undefined)
    return {
      prompt_tokens: sums.prompt_tokens,
      completion_tokens: delivered ?? sums.completion_tokens ?? 0,
      origin: 'engine',
    };
  return {
    prompt_tokens: estimate(call.messages.map((message) => message.content).join('')),
    completion_tokens: delivered ?? estimate(collected.answer + collected.reasoning),
    origin: 'estimate',
  };
}

function optional(name: 'reasoning_tokens' | 'cached_tokens', usages: Usage[], field: 'reasoning' | 'cached') {
  const known = usages.flatMap((usage) => usage[field] ?? []);
  return known.length > 0 ? { [name]: total(known) } : {};
}

function weakest(usages: readonly Usage[]): Usage['origin'] {
  const origins = new Set(usages.map((usage) => usage.origin));
  if (origins.has('estimate')) return 'estimate';
  return origins.has('server') ? 'server' : 'engine';
}

const total = (numbers: readonly number[]) => numbers.reduce((sum, number) => sum + number, 0);
const estimate = (text: string) => Math.ceil(text.length / CHARACTERS_PER_TOKEN);
