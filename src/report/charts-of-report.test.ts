import { describe, expect, it } from 'vitest';
import { madeUpCollected, madeUpReport, madeUpTrials } from '../../test/support/made-up-run.ts';
import type { BarsChart, ParetoChart, ViolinChart } from '../charts/chart-types.ts';
import { withoutPauses } from './chart-rows.ts';
import { chartsOfReport } from './charts-of-report.ts';
import { createWorkTables } from './collect-work.ts';
import { loadCharts } from './load-chart.ts';
import { groupKey, type Report, type ReportCell } from './report-types.ts';
import { sweepChart } from './sweep-chart.ts';

async function made() {
  const [report, collected, work] = [await madeUpReport(), await madeUpCollected(), createWorkTables()];
  for (const trial of madeUpTrials()) work.read(trial);
  const charts = chartsOfReport(report, collected, work);
  const own = charts.groups.get(groupKey(report.groups[0] as Report['groups'][0])) ?? [];
  return { report, charts, of: <T>(name: string) => own.find((one) => one.name === name)?.chart as T };
}

describe('chartsOfReport', () => {
  it('has the numbers of the report, the baseline first', async () => {
    const { report, of } = await made();
    const { rows } = of<ViolinChart>('latency');
    expect(rows[0]?.name).toBe('baseline');
    expect(rows.map(({ name }) => name)).not.toContain('baseline_again');
    for (const { name, p50, p95, n, mean } of rows) {
      const spread = report.cells.find(({ policy_name }) => policy_name === name)?.metrics.generation_time;
      expect([p50, n]).toEqual([spread?.p50, spread?.n]);
      expect([n < 59, p95]).toEqual([true, spread?.p95]);
      expect(mean).toBeCloseTo(spread?.mean as number, 9);
    }
    const { points } = of<ParetoChart>('pareto');
    const early = report.cells.find(({ policy_name }) => policy_name === 'early_exit_28') as ReportCell;
    expect(points.find(({ name }) => name === 'early_exit_28')).toMatchObject({
      x: early.vs_baseline.generation_time?.ratio.mean,
      y: early.metrics.reward?.mean,
    });
  });

  it('shares what was tallied by layer and by length, and what was kept of the prompts', async () => {
    const [report, collected] = [await madeUpReport(), await madeUpCollected()];
    const amounts: Record<string, [string, number][]> = {
      ...{
        exit_layer: [
          ['26', 6],
          ['24', 2],
        ],
        accepted_length: [
          ['0', 1],
          ['3', 3],
        ],
      },
      kept_at_layer: [
        ['15', 60],
        ['16', 45],
      ],
    };
    const tallies = new Map(Object.entries(amounts));
    const ended = new Float64Array();
    const work = { trials: 3, promptTokens: 60, sums: new Map(), tallies, ended };
    const of = ({ policy_name }: { policy_name: string }) => (policy_name === 'early_exit_28' ? work : undefined);
    const [charts = []] = [...chartsOfReport(report, collected, { read: () => undefined, of }).groups.values()];
    const rows = (name: string) => (charts.find((one) => one.name === name) as { chart: BarsChart }).chart.rows;
    expect(rows('exit-layers')).toEqual([
      {
        name: 'early_exit_28',
        family: 'early-exit',
        mean: 25.5,
        bars: [
          [24, 0.25],
          [26, 0.75],
        ],
      },
    ]);
    expect(rows('accepted-lengths')[0]).toMatchObject({
      mean: 2.25,
      bars: [
        [0, 0.25],
        [3, 0.75],
      ],
    });
    expect(rows('kept-by-layer')[0]).toMatchObject({
      mean: 0.875,
      bars: [
        [15, 1],
        [16, 0.75],
      ],
    });
  });

  it('leaves out charts without data', async () => {
    const { report, charts } = await made();
    const names = [...charts.groups.values()].flat().map(({ name }) => name);
    expect(names).not.toContain('kept-by-layer');
    expect(names).not.toContain('sweep');
    expect(names).not.toContain('family-scores');
    expect(charts.overall).toEqual([]);
    const nothing = chartsOfReport(
      { ...report, groups: [], cells: [] },
      { groups: [], notes: [], warnings: [], seconds: 0 },
    );
    expect(nothing).toEqual({ groups: new Map(), overall: [] });
  });

  it('is JSON, and text from outside is one plain line', async () => {
    const report = await madeUpReport();
    const odd = report.cells.map((cell) => ({ ...cell, policy_name: `${cell.policy_name}\u001b[31m\nx` }));
    const charts = chartsOfReport({ ...report, cells: odd }, await madeUpCollected());
    const all = [...charts.groups.values()].flat();
    const names = all.flatMap(({ chart }) => (chart.kind === 'violin' ? chart.rows.map(({ name }) => name) : []));
    expect(names.length).toBeGreaterThan(0);
    for (const name of names) expect(name).not.toMatch(/\p{Cc}/u);
    expect(JSON.parse(JSON.stringify([...charts.groups]))).toEqual([...charts.groups]);
  });
});

describe('sweepChart', () => {
  const cell = (value: number | string, time: number, score: number) =>
    ({
      ...{ policy_name: `early_exit_28[confidence_threshold=${value}]`, blocks: null },
      metrics: { reward: { mean: score } },
      vs_baseline: { generation_time: { ratio: { mean: time, low: time - 0.1, high: time + 0.1 } } },
    }) as unknown as ReportCell;

  it('is a curve over the one parameter, in the order of its values', () => {
    const [one] = sweepChart([cell(0.9, 1.1, 0.8), cell(0.3, 0.7, 0.4), cell(0.5, 0.8, 0.6)], 'exact_match');
    if (one?.chart.kind !== 'curve') throw new Error('no curve');
    expect(one.chart.xTitle).toBe('confidence_threshold');
    expect(one.chart.panels[0]?.lines[0]?.points.map(({ x, y }) => [x, y])).toEqual([
      [0.3, 0.7],
      [0.5, 0.8],
      [0.9, 1.1],
    ]);
    expect(one.chart.panels[1]?.lines[0]?.points.map(({ y }) => y)).toEqual([0.4, 0.6, 0.8]);
  });
  it('is none for several parameters, for words, and for one value', () => {
    const two = { ...cell(0.5, 1, 1), policy_name: 'early_exit_28[exit_layer=24]' };
    expect(sweepChart([cell(0.5, 1, 1), two], null)).toEqual([]);
    expect(sweepChart([cell('a', 1, 1), cell('b', 1, 1)], null)).toEqual([]);
    expect(sweepChart([cell(0.5, 1, 1)], null)).toEqual([]);
  });
});

describe('loadCharts', () => {
  const spread = (p50: number) => ({
    ...{ mean: p50, p50, p90: 2 * p50, p95: 2 * p50, p99: 3 * p50 },
    ...{ n: 10, units: 10, intervals: {} },
  });
  const point = (value: number) => ({
    ...{
      value,
      policy_name: 'baseline',
      benchmark: 'extract',
      trials: 10,
      failed: 0,
      seconds: 1,
      trials_per_second: 5,
    },
    ...{ tokens_per_second: 10 * value, first_token_latency: spread(50 * value), avg_token_latency: null },
    ...{ generation_time: spread(100 * value), slo_attainment: null, goodput: null, doubts: [] },
  });
  it('shows median, p99 and rate over the load; nothing where nothing was measured', () => {
    const [one] = loadCharts({ param: 'rps', points: [point(4), point(1), point(2)] });
    if (one?.chart.kind !== 'curve') throw new Error('no curve');
    const shown = one.chart.panels.map(({ title, lines }) => [title, lines.map(({ detail }) => detail)]);
    expect(shown).toEqual([
      ['time to the first token', ['p50', 'p99']],
      ['time to the end of the answer', ['p50', 'p99']],
      ['tokens per second', [undefined]],
    ]);
    expect(one.chart.panels[0]?.lines[1]?.points).toEqual([
      { x: 1, y: 150 },
      { x: 2, y: 300 },
      { x: 4, y: 600 },
    ]);
    expect(loadCharts({ param: 'rps', points: [] })).toEqual([]);
  });
});

describe('withoutPauses', () => {
  it('starts with the first end of a trial and leaves out what lies between sessions', () => {
    const start = Date.UTC(2026, 10, 2, 10, 0, 40);
    const ends = [0, 30, 60, 3 * 86_400, 3 * 86_400 + 20].map((seconds) => start + 1000 * seconds);
    const work = {
      trials: 0,
      promptTokens: 0,
      sums: new Map(),
      tallies: new Map(),
      ended: Float64Array.from([...ends, Number.NaN]),
    };
    const clock = withoutPauses([work]);
    const times = ends.map((end) => clock.at(end) / 1000);
    expect(times.slice(0, 3)).toEqual([0, 30, 60]);
    // The pause is at most a minute now.
    expect(times[3]).toBeGreaterThanOrEqual(60);
    expect(times[3]).toBeLessThan(130);
    expect((times[4] as number) - (times[3] as number)).toBe(20);
    expect(clock.seconds).toBe(times[4]);
    expect(withoutPauses([]).seconds).toBe(0);
  });
});
