/** The record of one attempt, out of what was seen of it. */
import { type CallRecord, elapsed, type TtcError, type Usage } from '../core/index.ts';
import { type Ending, isOk } from './ending.ts';
import { rateLimitsOf } from './rate-limits.ts';
import type { Reading } from './reading.ts';
import { type Headers, timingsOfHeaders } from './timings.ts';

export interface Seen {
  sentAt?: bigint;
  status?: number;
  headers: Headers;
  reads: number;
}

export interface RecordFacts {
  intended: bigint;
  endpoint: string;
  requestWindow: 'minute' | 'day';
  ending: Ending;
  at: bigint;
  usage?: Usage;
  error?: TtcError;
}

const outcomeOf = (ending: Ending): CallRecord['outcome'] =>
  isOk(ending) ? 'ok' : ending === 'aborted' ? 'aborted' : 'failed';

const isPlain = ({ finish, toolCalls }: Reading) =>
  finish === undefined || finish === 'stop' || finish === 'length' || (finish === 'tool_calls' && toolCalls > 0);

/** Fields without a value are left out: a record becomes a piece of a journal's line. */
export function recordOf(reading: Reading, seen: Seen, facts: RecordFacts): CallRecord {
  const { intended, at, usage, error, ending, endpoint, requestWindow } = facts;
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
  const limits = rateLimitsOf(seen.headers, requestWindow);
  if (reading.first !== undefined) record.first = elapsed(intended, reading.first);
  if (usage) record.usage = usage;
  if (server || reading.timings) record.server = { ...server, ...reading.timings };
  if (reading.id !== undefined) record.id = reading.id;
  if (seen.status !== undefined) record.status = seen.status;
  if (error) record.error = error.message;
  if (!isPlain(reading)) record.finish = reading.finish;
  if (limits) record.limits = limits;
  return record;
}
