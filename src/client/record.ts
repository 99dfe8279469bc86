/** The record of one attempt, out of what was seen of it. */
import { type CallRecord, elapsed, type RateLimits, type TtcError, type Usage } from '../core/index.ts';
import { type Ending, isOk } from './ending.ts';
import { rateLimitsOf } from './rate-limits.ts';
import type { Reading } from './reading.ts';
import type { Scrub } from './secrets.ts';
import { type Headers, timingsOfHeaders } from './timings.ts';

export interface Seen {
  sentAt?: bigint;
  status?: number;
  headers: Headers;
  reads: number;
  /** Milliseconds that a connection took to open for this request. */
  connect?: number;
  /** How often the request went out again because its idle connection was closed. */
  resent: number;
}

export interface RecordFacts {
  intended: bigint;
  endpoint: string;
  requestWindow: 'minute' | 'day';
  ending: Ending;
  at: bigint;
  usage?: Usage;
  error?: TtcError;
  /** Makes short fields of the answer fit to be kept. */
  clean: Scrub;
  /** What of the request was dropped or renamed for this server. */
  adapted?: readonly string[];
}

const outcomeOf = (ending: Ending): CallRecord['outcome'] =>
  isOk(ending) ? 'ok' : ending === 'aborted' ? 'aborted' : 'failed';

const isPlain = (finish: string, toolCalls: number) =>
  finish === 'stop' || finish === 'length' || (finish === 'tool_calls' && toolCalls > 0);

/** A limit a minute that one answer exceeded is none. */
function believable(limits: RateLimits | undefined, usage: Usage | undefined): RateLimits | undefined {
  const most = limits?.tokens?.limit;
  if (!limits || most === undefined || !usage || usage.prompt + usage.completion <= most) return limits;
  return limits.requests && { requests: limits.requests };
}

/** Fields without a value are left out: a record becomes a piece of a journal's line. */
export function recordOf(reading: Reading, seen: Seen, facts: RecordFacts): CallRecord {
  const { intended, at, usage, error, ending, endpoint, requestWindow, clean, adapted } = facts;
  const record: CallRecord = {
    attempt: 1,
    sent: elapsed(intended, seen.sentAt ?? at),
    end: elapsed(intended, at),
    endpoint,
    outcome: outcomeOf(ending),
    ending,
    events: reading.events as Record<string, number>,
    reads: seen.reads,
  };
  const server = timingsOfHeaders(seen.headers);
  const limits = believable(rateLimitsOf(seen.headers, requestWindow), usage);
  if (reading.first !== undefined) record.first = elapsed(intended, reading.first);
  if (usage) record.usage = usage;
  if (server || reading.timings) record.server = { ...server, ...reading.timings };
  if (reading.id !== undefined) record.id = clean(reading.id);
  if (seen.status !== undefined) record.status = seen.status;
  if (error) record.error = error.message;
  const { finish, toolCalls } = reading;
  if (finish !== undefined && !isPlain(finish, toolCalls)) record.finish = clean(finish);
  if (limits) record.limits = limits;
  if (seen.connect !== undefined) record.connect = seen.connect;
  if (seen.resent > 0) record.resent = seen.resent;
  if (adapted && adapted.length > 0) record.adapted = adapted;
  return record;
}
