/** What `--slo` asked, how much of the run kept it, and objectives that nothing could be held against. */
import type { Objective } from '../core/index.ts';
import { metrics } from '../metrics/index.ts';
import { formatNumber } from './format-number.ts';
import type { ReportCell } from './report-types.ts';

function words({ metric, limit, better }: Objective): string {
  const unit = metrics.find(({ name }) => name === metric)?.unit;
  const shown = unit === undefined || unit === 'score' || unit === 'ratio' || unit === 'count' ? '' : ` ${unit}`;
  return `${metric} ${better === 'less' ? '≤' : '≥'} ${formatNumber(limit)}${shown}`;
}

/** For the facts above the tables. */
export function objectiveNotes(objectives: readonly Objective[], cells: readonly ReportCell[]): string[] {
  if (objectives.length === 0) return [];
  const spreads = cells.flatMap(({ metrics: { slo_attainment } }) => slo_attainment ?? []);
  const judged = spreads.reduce((sum, { n }) => sum + n, 0);
  const kept = spreads.reduce((sum, { mean, n }) => sum + mean * n, 0);
  const goodput = cells.reduce((sum, cell) => sum + (cell.goodput ?? 0), 0);
  const asked = objectives.map(words).join(' and ');
  if (judged === 0) return [`objectives: ${asked}; no trial could be held against them`];
  const rate = cells.some((cell) => cell.goodput !== null)
    ? `, all cells together ${formatNumber(goodput)} a second`
    : '';
  return [`objectives: ${asked}; kept by ${Math.round(kept)} of ${judged} trials${rate}`];
}

/** An objective on a metric that no trial has says nothing, and would look kept. */
export function emptyObjectives(objectives: readonly Objective[], cells: readonly ReportCell[]): string[] {
  return objectives
    .filter(({ metric }) => !cells.some((cell) => metric in cell.metrics))
    .map((objective) => `no trial has a ${objective.metric}: the objective ${words(objective)} was not judged`);
}
