/** One policy over the values of one parameter: a curve of time and of quality. */
import type { CurveChart, CurveLine } from '../charts/chart-types.ts';
import { policyFamily } from '../charts/policy-family.ts';
import { timeMetric } from '../metrics/index.ts';
import { baselineName } from '../rows/index.ts';
import { blockTime, headlineMetric } from './decisions.ts';
import type { NamedChart } from './named-chart.ts';
import type { ReportCell } from './report-types.ts';

/** `early_exit_28[confidence_threshold=0.5]` */
const label = /^(.+)\[([^=[\],]+)=([^=[\],]+)\]$/;

interface Level {
  cell: ReportCell;
  policy: string;
  param: string;
  value: number;
}

function levelOf(cell: ReportCell): Level[] {
  const [, policy, param, text] = label.exec(cell.policy_name) ?? [];
  const value = Number(text);
  return policy && param && text?.trim() && Number.isFinite(value) ? [{ cell, policy, param, value }] : [];
}

export function sweepChart(cells: readonly ReportCell[], headline: string | null): NamedChart[] {
  const levels = cells.flatMap(levelOf).sort((a, b) => a.value - b.value);
  const [first] = levels;
  // Several parameters are a plane, and no curve.
  if (!first || levels.some(({ policy, param }) => policy !== first.policy || param !== first.param)) return [];
  if (new Set(levels.map(({ value }) => value)).size < 2) return [];
  const line = (points: CurveLine['points']): CurveLine[] =>
    points.length === 0 ? [] : [{ name: first.policy, family: policyFamily(first.policy), points }];
  const times = levels.flatMap(({ cell, value }) => {
    const ratio = cell.vs_baseline[cell.blocks ? blockTime : timeMetric.name]?.ratio;
    return ratio?.mean ? [pointOf(value, ratio.mean, ratio)] : [];
  });
  const scores = levels.flatMap(({ cell, value }) => {
    const mean = cell.metrics[headlineMetric]?.mean;
    const difference = cell.vs_baseline[headlineMetric]?.difference;
    return mean === undefined ? [] : [pointOf(value, mean, difference, mean - (difference?.mean ?? 0))];
  });
  const score = cells.find(({ policy_name }) => policy_name === baselineName)?.metrics[headlineMetric]?.mean;
  const panels: CurveChart['panels'] = [
    { title: 'time against the baseline', unit: 'ratio', scale: 'linear', reference: 1, lines: line(times) },
    {
      ...{ title: headline ?? 'score', unit: 'score', scale: 'linear', lines: line(scores) },
      ...(score !== undefined && { reference: score }),
    },
  ];
  const shown = panels.filter(({ lines }) => lines.length > 0);
  if (shown.length === 0) return [];
  const values = levels.map(({ value }) => value);
  const isWide = Math.min(...values) > 0 && Math.max(...values) / Math.min(...values) >= 8;
  return [
    {
      name: 'sweep',
      chart: {
        ...{ kind: 'curve', title: `What ${first.param} changes`, xTitle: first.param, panels: shown },
        xScale: isWide ? 'log' : 'linear',
        about:
          'Dots were measured, with 95 % intervals against the baseline; lines only lead the eye. Dashed: the baseline.',
      },
    },
  ];
}

function pointOf(
  x: number,
  y: number,
  interval: { low: number | null; high: number | null } | undefined,
  shift = 0,
): CurveLine['points'][number] {
  if (!interval || interval.low === null || interval.high === null) return { x, y };
  return { x, y, range: [interval.low + shift, interval.high + shift] };
}
