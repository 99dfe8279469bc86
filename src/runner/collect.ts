/** Reads one stream of parts: times, token ids and text, and the rule that exactly one end part closes it. */
import { type EndReason, elapsed, type Part, type TextPart, TtcError } from '../core/index.ts';

/** What has arrived so far. Times are milliseconds after the intended send. */
export interface Collected {
  /** Text of the answer channel. */
  answer: string;
  reasoning: string;
  at: number[];
  tokens: number[];
  /** Events of a server's stream behind each part. */
  events: number[];
  first_answer?: number;
  /** Time of the last part of any kind; 0 while there is none. */
  end: number;
  reason?: EndReason;
  ids: number[];
}

export interface Collector {
  readonly collected: Collected;
  /** @throws E_BACKEND for a part after the end */
  add(part: Part): void;
  /** @throws E_BACKEND where the stream ended without an end part */
  close(): void;
}

export function createCollector(intended: bigint): Collector {
  const collected: Collected = { answer: '', reasoning: '', at: [], tokens: [], events: [], end: 0, ids: [] };
  return {
    collected,
    add(part) {
      if (collected.reason) throw new TtcError('E_BACKEND', `a ${part.type} part came after the end of the stream`);
      collected.end = elapsed(intended, part.at);
      if (part.type === 'end') collected.reason = part.reason;
      else takeText(collected, part);
    },
    close() {
      if (!collected.reason) throw new TtcError('E_BACKEND', 'the stream stopped without an end part');
    },
  };
}

function takeText(collected: Collected, part: TextPart): void {
  const tokens = part.ids?.length ?? part.logprobs?.length ?? 0;
  // A part that brings neither text nor tokens (a server's opening event) is no token.
  if (part.text === '' && tokens === 0) return;
  collected.at.push(collected.end);
  collected.tokens.push(tokens);
  collected.events.push(part.events ?? 1);
  for (const id of part.ids ?? []) collected.ids.push(id);
  collected[part.channel] += part.text;
  if (part.channel === 'answer') collected.first_answer ??= collected.end;
}
