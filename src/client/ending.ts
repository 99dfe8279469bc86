/** How an attempt ended, by what was seen and not by what one hopes. */
import type { EndReason } from '../core/index.ts';
import type { Reading } from './reading.ts';

/** What ended the reading. */
export type Cause = 'done' | 'end' | 'fail' | 'connect' | 'first-token' | 'gap' | 'total' | 'abort' | 'bad-stream';

export type Ending =
  | 'ok'
  | 'ok_no_done'
  | 'ok_no_finish'
  | 'ok_whole'
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

/** Whether a status is one of success: some gateways answer a stream with 201 or 206. */
export const isGood = (status: number): boolean => status >= 200 && status < 300;

/**
 * `ok`: a finish reason and [DONE]. `ok_no_done`: a finish reason, after which the stream ended, broke or fell silent:
 * the answer is whole. `ok_no_finish`: [DONE] after text, but no reason. `ok_whole`: one piece instead of a stream.
 * With neither reason nor [DONE] the answer is not known to be whole, whatever else came.
 */
export function endingOf(cause: Cause, reading: Reading, facts: { status?: number; sent: boolean }): Ending {
  if (cause === 'abort') return 'aborted';
  if (facts.status !== undefined && !isGood(facts.status)) return 'http_error';
  if (reading.error) return 'stream_error';
  const isDone = reading.doneAt !== undefined;
  if (reading.isWhole && isDone && (reading.finish !== undefined || reading.chunks > 0)) return 'ok_whole';
  if (reading.finish !== undefined && (isDone || !(reading.spokeOn && cause !== 'end')))
    return reading.isWhole ? 'ok_whole' : isDone ? 'ok' : 'ok_no_done';
  if (isDone && reading.chunks > 0) return 'ok_no_finish';
  if (cause === 'fail') return facts.sent ? 'reset' : 'connect_failed';
  return byCause[cause];
}

const good: ReadonlySet<Ending> = new Set(['ok', 'ok_no_done', 'ok_no_finish', 'ok_whole']);

/** Whether the answer is whole. */
export const isOk = (ending: Ending): boolean => good.has(ending);

const cut = new Set(['length', 'max_tokens', 'model_length', 'max_output_tokens', 'max_completion_tokens']);
const filtered = new Set([
  'content_filter',
  'content-filter',
  'safety',
  'recitation',
  'prohibited_content',
  'blocklist',
]);

/**
 * @param finish the server's word for the end; none counts as `stop`
 * @param calls tool calls of the answer: where a call of one tool was demanded, servers end it with `stop`, and some do
 *   so always
 */
export function endReason(finish: string | undefined, calls: number): EndReason {
  const word = finish?.toLowerCase() ?? 'stop';
  if (cut.has(word)) return 'length';
  if (filtered.has(word)) return 'filter';
  return calls > 0 ? 'tools' : 'stop';
}
