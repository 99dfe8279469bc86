/** Every number of a report as text, a metric a line: what changes is read in a diff. */
import type { Report, ReportCell, Spread, VsBaseline } from '../../src/report/index.ts';
import type { Interval } from '../../src/stats/index.ts';

/** Six digits: the last ones may differ between versions of the JavaScript engine. */
const digits = (value: number | null) => (value === null ? 'null' : String(Number(value.toPrecision(6))));
const range = ({ mean, low, high }: Interval) => `${digits(mean)} [${digits(low)}, ${digits(high)}]`;
const spread = ({ mean, p50, p90, p95, p99, intervals, n, units }: Spread) =>
  `${[mean, p50, p90, p95, p99].map(digits).join(' ')} ${Object.entries(intervals)
    .map(([name, { low, high }]) => `${name} [${digits(low)}, ${digits(high)}]`)
    .join(' ')} n=${n}${units === n ? '' : ` of ${units}`}`;
const comparison = ({ difference, ratio, p, p_holm, n, verdict, samples_to_show }: VsBaseline) =>
  `− ${range(difference)} × ${range(ratio)} p=${digits(p)} holm=${digits(p_holm)} n=${n} ${verdict}, to show ${samples_to_show}`;

function numbersOf({
  policy_name,
  blocks,
  metrics,
  vs_baseline,
  per_correct,
  missing,
  failures,
  families,
  ...facts
}: ReportCell): string[] {
  const lines = [
    JSON.stringify({ ...facts, ...blocks }),
    ...failures.map((failure) => `failure: ${JSON.stringify(failure)}`),
    ...Object.entries(metrics).map(([name, values]) => `${name}: ${spread(values)}`),
    ...Object.entries(vs_baseline).map(([name, values]) => `${name} ${comparison(values)}`),
    ...Object.entries(vs_baseline).flatMap(([name, { p_table }]) =>
      p_table === null ? [] : [`${name} decided by p=${digits(p_table)}`],
    ),
    ...Object.entries(per_correct).map(
      ([name, one]) =>
        `${name} ${range(one)} × ${range(one.ratio)} of ${digits(one.correct)}${one.why ? `: ${one.why}` : ''}`,
    ),
    ...families.map((family) => `family: ${JSON.stringify(family)}`),
    `missing: ${Object.keys(missing).join(' ')}`,
  ];
  return lines.map((line) => `${policy_name}: ${line}`);
}

export const reportNumbers = ({ groups, cells, warnings }: Report): string[] => [
  ...groups.map((group) => JSON.stringify(group)),
  ...cells.flatMap(numbersOf),
  ...warnings.map((warning) => `warning: ${warning}`),
];
