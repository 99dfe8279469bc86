import { expect, it } from 'vitest';
import type { Row } from '../rows/index.ts';
import { createFailureCounts, frequentFailures } from './count-failures.ts';
import { failureLines } from './group-lines.ts';
import type { ReportCell } from './report-types.ts';

const failed = (error_code: string, error_message: string) => ({ status: 'failed', error_code, error_message }) as Row;
function countFailures(rows: readonly Row[]) {
  const counts = createFailureCounts();
  rows.forEach(counts.read);
  return counts.counts();
}
const linesOf = (trials: readonly Row[]) =>
  failureLines([{ policy_name: 'p', failures: countFailures(trials) } as unknown as ReportCell]);

it('counts causes that share a code apart', () => {
  const cut = failed('E_STREAM', 'http://a:1/v1 ended its stream without a finish reason');
  const reset = failed('E_STREAM', 'http://a:1/v1 broke the connection in the middle of the answer: read ECONNRESET');
  expect(linesOf([cut, reset, reset, { status: 'ok' } as Row])).toEqual([
    expect.stringMatching(/^p: 2 failed, E_STREAM: .*ECONNRESET$/),
    expect.stringMatching(/^p: 1 failed, E_STREAM: .*without a finish reason$/),
  ]);
});

it('takes messages that differ in a number for one, and statuses of a server for several', () => {
  const long = (tokens: number) => failed('E_CONTEXT', `the prompt has ${tokens} tokens (${tokens} more)`);
  expect(countFailures([long(523), long(611)])).toMatchObject([{ count: 2, message: long(523).error_message }]);
  expect(
    countFailures([failed('E_SERVER', 'a answered 500: x'), failed('E_SERVER', 'a answered 503: x')]),
  ).toHaveLength(2);
});

it('shows three causes of a code and counts the others', () => {
  const trials = [...'abbcccdddde'].map((letter) => failed('E_SERVER', letter));
  expect(frequentFailures(countFailures(trials)).map(({ count, message }) => `${count} ${message}`)).toEqual([
    '4 d',
    '3 c',
    '2 b',
    expect.stringMatching(/^2 and 2 other causes,/),
  ]);
});
