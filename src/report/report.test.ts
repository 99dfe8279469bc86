import { describe, expect, it } from 'vitest';
import { madeUpReport } from '../../test/support/made-up-run.ts';
import type { Interval } from '../stats/index.ts';
import { type Report, type ReportCell, renderMarkdown, type Spread, type VsBaseline } from './index.ts';

/** Six digits: the last ones may differ between versions of the JavaScript engine. */
const digits = (value: number | null) => (value === null ? 'null' : String(Number(value.toPrecision(6))));
const range = ({ mean, low, high }: Interval) => `${digits(mean)} [${digits(low)}, ${digits(high)}]`;
const spread = ({ mean, p50, p95, p99, n }: Spread) => `${[mean, p50, p95, p99].map(digits).join(' ')} n=${n}`;
const comparison = ({ difference, ratio, p, p_holm, n, verdict, samples_to_show }: VsBaseline) =>
  `  | − ${range(difference)} × ${range(ratio)} p=${digits(p)} holm=${digits(p_holm)} n=${n} ${verdict}, to show ${samples_to_show}`;

/** Every number of a report, a metric a line: what changes is read in a diff. */
function numbersOf({ metrics, vs_baseline, missing, failures, ...facts }: ReportCell): string[] {
  const blank = { policy_name: undefined, blocks: undefined };
  return [
    `## ${facts.policy_name}`,
    JSON.stringify({ ...facts, ...blank }),
    ...failures.map((failure) => `failure: ${JSON.stringify(failure)}`),
    ...Object.entries(metrics).map(
      ([name, values]) => `${name}: ${spread(values)}${vs_baseline[name] ? comparison(vs_baseline[name]) : ''}`,
    ),
    `missing: ${Object.keys(missing).join(' ')}`,
    '',
  ];
}

const allNumbers = ({ groups, cells, warnings }: Report) =>
  [...groups.map((group) => JSON.stringify(group)), '', ...cells.flatMap(numbersOf), ...warnings].join('\n');

describe('report', () => {
  it('gives the kept numbers and Markdown for the kept journal', async () => {
    const report = await madeUpReport();
    await expect(`${allNumbers(report)}\n`).toMatchFileSnapshot('golden/numbers.txt');
    await expect(renderMarkdown(report)).toMatchFileSnapshot('golden/metrics_report.md');
  });

  it('is JSON without a number that JSON does not have', async () => {
    const report = await madeUpReport();
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });
});
