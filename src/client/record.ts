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

const isPlain = (finish: string | undefined) => finish === 'stop' || finish === 'length';

/** Without the fields that have no value. */
const compact = <T extends object>(fields: T): T =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;

export function recordOf(reading: Reading, seen: Seen, facts: RecordFacts): CallRecord {
  const time = (at: bigint | undefined) => (at === undefined ? undefined : elapsed(facts.intended, at));
  const fromHeaders = timingsOfHeaders(seen.headers);
  return compact({
    attempt: 1,
    sent: time(seen.sentAt ?? facts.at)!,
    first: time(reading.first),
    end: time(facts.at)!,
    usage: facts.usage,
    server: fromHeaders ? { ...fromHeaders, ...reading.timings } : reading.timings,
    endpoint: facts.endpoint,
    id: reading.id,
    outcome: outcomeOf(facts.ending),
    status: seen.status,
    error: facts.error?.message,
    ending: facts.ending,
    finish: isPlain(reading.finish) ? undefined : reading.finish,
    events: reading.events as Record<string, number>,
    reads: seen.reads,
    limits: rateLimitsOf(seen.headers, facts.requestWindow),
  });
}
