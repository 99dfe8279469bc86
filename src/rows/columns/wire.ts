/** What the client saw on the wire, by trial: notes on a run are made of it. */
import type { CallRecord, Trial } from '../../core/index.ts';
import { integer, text } from './column.ts';

const calls = ({ counters }: Trial): readonly CallRecord[] => counters.calls;
const count = (trial: Trial, is: (call: CallRecord) => boolean) => calls(trial).filter(is).length;
const listed = (words: readonly string[]) => (words.length > 0 ? [...new Set(words)].sort().join('; ') : undefined);

export const wireColumns = {
  retried_calls: integer('Inner calls that were tried again after a failure.', ({ trial }) =>
    count(trial, ({ attempt }) => attempt > 1),
  ),
  resent_calls: integer('Inner calls that went out again because an idle connection was closed.', ({ trial }) =>
    count(trial, ({ resent = 0 }) => resent > 0),
  ),
  cancelled_calls: integer(
    'Inner calls that were cancelled on their way, and whose tokens are estimates.',
    ({ trial }) => count(trial, ({ outcome, usage }) => outcome === 'aborted' && usage?.origin === 'estimate'),
  ),
  whole_answers: integer('Inner calls answered in one piece instead of a stream.', ({ trial }) =>
    count(trial, ({ ending }) => ending === 'ok_whole'),
  ),
  unfinished_answers: integer('Inner calls that ended without a finish reason and count as ended.', ({ trial }) =>
    count(trial, ({ ending }) => ending === 'ok_no_finish'),
  ),
  adapted_fields: text('Fields of requests that the server refused, and what was sent instead.', ({ trial }) =>
    listed(calls(trial).flatMap(({ adapted = [] }) => adapted)),
  ),
  usage_contradictions: text("How the server's counts contradict themselves or the text.", ({ trial }) =>
    listed(calls(trial).flatMap(({ usage }) => usage?.contradiction ?? [])),
  ),
};
