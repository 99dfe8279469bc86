/**
 * The numbers of a report as flat records, one for each policy and metric: spreads, differences to the baseline, verdicts.
 * Whoever works with SQL reads these, so that no statistic is computed twice.
 */
import type { Metric } from '../core/index.ts';
import { metrics } from '../metrics/index.ts';
import type { Interval } from '../stats/index.ts';
import type { Report, ReportCell } from './report-types.ts';

/** Column → its type in Parquet. */
export const comparisonColumns = {
  run: 'VARCHAR',
  benchmark: 'VARCHAR',
  backend: 'VARCHAR',
  model: 'VARCHAR',
  policy_name: 'VARCHAR',
  metric: 'VARCHAR',
  unit: 'VARCHAR',
  better: 'VARCHAR',
  n: 'BIGINT',
  units: 'BIGINT',
  mean: 'DOUBLE',
  mean_low: 'DOUBLE',
  mean_high: 'DOUBLE',
  ...spreadColumns(),
  difference: 'DOUBLE',
  difference_low: 'DOUBLE',
  difference_high: 'DOUBLE',
  ratio: 'DOUBLE',
  ratio_low: 'DOUBLE',
  ratio_high: 'DOUBLE',
  pairs: 'BIGINT',
  p: 'DOUBLE',
  p_holm: 'DOUBLE',
  p_table: 'DOUBLE',
  exploratory: 'BOOLEAN',
  verdict: 'VARCHAR',
  samples_to_show: 'DOUBLE',
} as const satisfies Record<string, 'VARCHAR' | 'BIGINT' | 'DOUBLE' | 'BOOLEAN'>;

function spreadColumns() {
  return Object.fromEntries(
    (['p50', 'p90', 'p95', 'p99'] as const).flatMap((name) =>
      [name, `${name}_low`, `${name}_high`].map((column) => [column, 'DOUBLE' as const]),
    ),
  );
}

export type ComparisonRow = Record<string, string | number | boolean | null>;

const ends = (name: string, { mean, low, high }: Interval): ComparisonRow => ({
  [name]: mean,
  [`${name}_low`]: low,
  [`${name}_high`]: high,
});

/** @param extra the user's own metrics */
export function comparisonRows(report: Report, extra: readonly Metric[] = []): ComparisonRow[] {
  const known = new Map([...metrics, ...extra].map((metric) => [metric.name, metric]));
  return report.cells.flatMap((cell) => {
    const about = (metric: string) => ({
      ...{ run: report.run.id, benchmark: cell.benchmark, backend: cell.backend, model: cell.model },
      ...{ policy_name: cell.policy_name, metric },
      ...{ unit: known.get(metric)?.unit ?? null, better: known.get(metric)?.better ?? null },
    });
    return [...metricRows(cell, about), ...perCorrectRows(cell, about)];
  });
}

type About = (metric: string) => ComparisonRow;

const metricRows = ({ metrics: spreads, vs_baseline }: ReportCell, about: About): ComparisonRow[] =>
  Object.entries(spreads).map(([metric, spread]) => {
    const row: ComparisonRow = { ...about(metric), n: spread.n, units: spread.units, mean: spread.mean };
    for (const name of ['p50', 'p90', 'p95', 'p99'] as const) {
      const { low = null, high = null } = spread.intervals[name] ?? {};
      Object.assign(row, { [name]: spread[name], [`${name}_low`]: low, [`${name}_high`]: high });
    }
    const found = vs_baseline[metric];
    if (!found) return row;
    const { difference, ratio, n: pairs, p, p_holm, p_table, exploratory, verdict, samples_to_show } = found;
    const compared = { pairs, p, p_holm, p_table, exploratory, verdict, samples_to_show };
    return { ...row, ...ends('difference', difference), ...ends('ratio', ratio), ...compared };
  });

const perCorrectRows = ({ per_correct }: ReportCell, about: About): ComparisonRow[] =>
  Object.entries(per_correct).map(([metric, found]) => ({
    ...about(metric),
    better: 'less',
    ...{ n: found.n, units: found.n },
    ...ends('mean', found),
    ...ends('ratio', found.ratio),
  }));
