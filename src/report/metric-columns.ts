/** One metric as a table: what it is for each policy, and against the baseline. */
import { none, scoreText, timeText } from './cell-text.ts';
import { formatNumber } from './format-number.ts';
import { percentileText } from './percentile-text.ts';
import { type Column, policyColumn } from './table-columns.ts';

/** @param isScore scores are compared by differences, all others by ratios */
export function metricColumns(name: string, isScore: boolean): Column[] {
  const column = (title: string, about: string, of: Column['of'], order: number): Column => ({
    ...{ title, about, of, order, align: 'right' },
  });
  const percentiles = (['p50', 'p95', 'p99'] as const).map((percentile, i) =>
    column(
      percentile,
      'So much of the trials stays below it. In brackets its 95 % interval.',
      ({ metrics }) => (metrics[name] ? percentileText(metrics[name], percentile, true) : none),
      30 + i,
    ),
  );
  return [
    policyColumn,
    column('n', 'Trials that have a value.', ({ metrics }) => String(metrics[name]?.n ?? 0), 10),
    column('mean', 'Over all trials.', ({ metrics }) => (metrics[name] ? formatNumber(metrics[name].mean) : none), 20),
    ...percentiles,
    {
      ...{ title: 'against the baseline', align: 'left', order: 40 },
      about: isScore ? 'Difference, with its 95 % interval.' : 'Ratio of the means, with its 95 % interval.',
      of: ({ vs_baseline }) => (isScore ? scoreText(vs_baseline[name]) : timeText(vs_baseline[name])),
    },
  ];
}
