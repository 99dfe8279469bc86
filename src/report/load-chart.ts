/** What more load does: latencies and rates over concurrency or requests per second. */
import type { CurveChart, CurveLine } from '../charts/chart-types.ts';
import { policyFamily } from '../charts/policy-family.ts';
import { groupBy, plainText } from '../core/index.ts';
import type { LoadCurve, LoadPoint } from './load-curve.ts';
import type { NamedChart } from './named-chart.ts';

/** One chart a benchmark. */
export function loadCharts({ param, points }: LoadCurve): NamedChart[] {
  const benchmarks = groupBy(points, ({ benchmark }) => benchmark);
  return [...benchmarks].flatMap(([benchmark, own], i) => {
    const panels = panelsOf(own);
    const xTitle = param === 'rps' ? 'offered requests per second' : 'concurrent trials';
    const values = own.map(({ value }) => value);
    const chart: CurveChart = {
      ...{ kind: 'curve', xTitle, panels },
      xScale: Math.min(...values) > 0 && Math.max(...values) / Math.min(...values) >= 8 ? 'log' : 'linear',
      title: benchmarks.size > 1 ? `What more load does: ${plainText(benchmark, 200)}` : 'What more load does',
      about: 'Each dot is a run at one load. Latencies: the median (line) and p99 (dashed), on a log scale.',
    };
    return panels.length === 0 ? [] : [{ name: benchmarks.size > 1 ? `load-${i + 1}` : 'load', chart }];
  });
}

function panelsOf(points: readonly LoadPoint[]): CurveChart['panels'] {
  const policies = [...groupBy(points, ({ policy_name }) => policy_name)];
  const lines = (of: (point: LoadPoint) => number | null | undefined, more: Partial<CurveLine> = {}): CurveLine[] =>
    policies.flatMap(([name, own]) => {
      const known = own
        .flatMap((point) => {
          const y = of(point);
          return typeof y === 'number' && y > 0 ? [{ x: point.value, y }] : [];
        })
        .sort((a, b) => a.x - b.x);
      return known.length === 0
        ? []
        : [{ name: plainText(name, 200), family: policyFamily(name), ...more, points: known }];
    });
  const halfAndTail = (of: 'first_token_latency' | 'avg_token_latency' | 'generation_time') => [
    ...lines((point) => point[of]?.p50, { detail: 'p50' }),
    ...lines((point) => point[of]?.p99, { detail: 'p99', dashed: true }),
  ];
  const panels: CurveChart['panels'] = [
    { title: 'time to the first token', unit: 'ms', scale: 'log', lines: halfAndTail('first_token_latency') },
    { title: 'time to the end of the answer', unit: 'ms', scale: 'log', lines: halfAndTail('generation_time') },
    {
      title: 'tokens per second',
      unit: 'per_second',
      scale: 'linear',
      lines: lines(({ tokens_per_second }) => tokens_per_second),
    },
    {
      ...{ title: 'trials per second that keep all objectives', unit: 'per_second', scale: 'linear' },
      lines: lines(({ goodput }) => goodput),
    },
  ];
  return panels.filter((panel) => panel.lines.length > 0);
}
