/** How an attempt ended, by what was seen and not by what one hopes. */
import type { EndReason } from '../core/index.ts';
import type { Reading } from './reading.ts';

/** What ended the reading. */
export type Cause = 'done' | 'end' | 'fail' | 'connect' | 'first-token' | 'gap' | 'total' | 'abort' | 'bad-stream';

export type Ending =
  | 'ok'
  | 'ok_no_done'
  | 'truncated'
  | 'reset'
  | 'stream_error'
  | 'stalled'
  | 'http_error'
  | 'not_a_stream'
  | 'connect_failed'
  | 'connect_timeout'
  | 'first_token_timeout'
  | 'timeout'
  | 'aborted';

const byCause: Record<Exclude<Cause, 'abort' | 'fail'>, Ending> = {
  done: 'truncated',
  end: 'truncated',
  connect: 'connect_timeout',
  'first-token': 'first_token_timeout',
  gap: 'stalled',
  total: 'timeout',
  'bad-stream': 'not_a_stream',
};

/**
 * `ok`: a finish reason and [DONE]. `ok_no_done`: a finish reason, after which the stream ended, broke or fell silent:
 * the answer is whole. Without a finish reason the answer is not known to be whole, whatever else came.
 */
export function endingOf(cause: Cause, reading: Reading, facts: { status?: number; sent: boolean }): Ending {
  if (cause === 'abort') return 'aborted';
  if (facts.status !== undefined && facts.status !== 200) return 'http_error';
  if (reading.error) return 'stream_error';
  if (reading.finish !== undefined) return reading.doneAt === undefined ? 'ok_no_done' : 'ok';
  if (cause === 'fail') return facts.sent ? 'reset' : 'connect_failed';
  return byCause[cause];
}

export const isOk = (ending: Ending): boolean => ending === 'ok' || ending === 'ok_no_done';

/**
 * @param calls tool calls of the answer: where a call of one tool was demanded, servers end it with `stop`, and some do
 * so always
 */
export function endReason(finish: string | undefined, calls: number): EndReason {
  if (finish === 'length' || finish === 'max_tokens') return 'length';
  if (finish === 'content_filter') return 'filter';
  return calls > 0 ? 'tools' : 'stop';
}
