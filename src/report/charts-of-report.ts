/** Which charts a report has. A chart without data is left out. */
import type { BarsChart, Chart, Distribution, HeatmapChart, Named, ParetoPoint } from '../charts/chart-types.ts';
import { policyFamily } from '../charts/policy-family.ts';
import { timeMetric } from '../metrics/index.ts';
import { baselineName, noiseName } from '../rows/index.ts';
import type { Interval } from '../stats/index.ts';
import {
  type BarsRow,
  type ChartCell,
  distributionOf,
  keptOf,
  sharesOf,
  timePoints,
  withoutPauses,
} from './chart-rows.ts';
import type { Collected } from './collect-rows.ts';
import type { WorkTables } from './collect-work.ts';
import { blockTime, headlineMetric } from './decisions.ts';
import type { NamedChart } from './named-chart.ts';
import { plainReport } from './plain-report.ts';
import { groupKey, type Report, type ReportCell, type ReportGroup } from './report-types.ts';
import { fewestOf } from './spread.ts';
import { sweepChart } from './sweep-chart.ts';

export interface ReportCharts {
  /** Key of a group (`groupKey`) → its charts. */
  groups: ReadonlyMap<string, readonly NamedChart[]>;
  /** Of all groups together. */
  overall: readonly NamedChart[];
}

/** @param work what was seen of the trials themselves; without it some charts are missing */
export function chartsOfReport(given: Report, collected: Collected, work?: WorkTables): ReportCharts {
  const report = plainReport(given);
  const tables = collected.groups.flatMap(({ cells }) => cells);
  // Report and tables hold the same cells in the same order.
  const cells = report.cells.map((cell, i): ChartCell => {
    const table = tables[i] as ChartCell['table'];
    return { cell, table, work: work?.of(table.cell) };
  });
  const clock = withoutPauses(cells.flatMap(({ work }) => work ?? []));
  const groups = report.groups.map((group) => {
    const own = cells.filter(({ cell }) => groupKey(cell) === groupKey(group));
    return [groupKey(group), chartsOfGroup(group, own, clock)] as const;
  });
  return { groups: new Map(groups), overall: overallOf(report) };
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0);

function chartsOfGroup(
  group: ReportGroup,
  all: readonly ChartCell[],
  clock: ReturnType<typeof withoutPauses>,
): NamedChart[] {
  const cells = all.filter(({ cell }) => cell.policy_name !== noiseName);
  const noise = all.find(({ cell }) => cell.policy_name === noiseName)?.cell;
  const single = cells.filter(({ cell }) => !cell.blocks);
  const spreads = (of: readonly ChartCell[], metric: string, scale: 'log' | 'linear') =>
    of.flatMap((one) => distributionOf(one, metric, scale) ?? []);
  const bars = (of: (cell: ChartCell) => BarsRow | undefined) => cells.flatMap((one) => of(one) ?? []);
  const { headline } = group;
  return [
    ...pareto(group, cells, noise),
    ...sweepChart(
      cells.map(({ cell }) => cell),
      headline,
    ),
    ...violin('latency', spreads(single, timeMetric.name, 'log'), {
      ...{ title: 'Time to the end of the answer', unit: 'ms', scale: 'log' },
      about: `Width: where trials lie. Bar: the middle half. Circle: the median. Tick: p95, where there are ${fewestOf.p95} trials. Below 20 trials: a dot each, and a line at the median. Log scale.${single.length < cells.length ? ' Policies whose trials are offered at once are left out: their times hold the queue.' : ''}`,
    }),
    ...violin('quality', spreads(cells, headlineMetric, 'linear'), {
      ...{ title: headline ? `Score: ${headline}` : 'Score', unit: 'score', scale: 'linear' },
      about:
        'Few distinct scores: circles whose areas are shares of trials. Many: width is where trials lie. Tick: the mean. A failed trial has the score 0.',
    }),
    ...familyMaps(cells, headline),
    ...barsChart(
      'exit-layers',
      bars((cell) => sharesOf(cell, 'exit_layer')),
      {
        ...{ title: 'Layers that tokens left at', bucketTitle: 'layer', meanTitle: 'mean', full: 'most' },
        about: 'Share of the tokens that left after each layer. The highest bar of each row has the same height.',
      },
    ),
    ...barsChart(
      'accepted-lengths',
      bars((cell) => sharesOf(cell, 'accepted_length')),
      {
        ...{
          title: 'Accepted tokens per verified draft',
          bucketTitle: 'accepted tokens',
          meanTitle: 'mean',
          full: 'most',
        },
        about:
          'Share of the drafts of which so many tokens were right. The highest bar of each row has the same height.',
      },
    ),
    ...barsChart('kept-by-layer', bars(keptOf), {
      ...{
        title: 'Share of the prompt that was kept, by layer',
        bucketTitle: 'layer',
        meanTitle: 'mean',
        full: 'share',
      },
      about:
        'Prompt rows or KV slots kept at each layer, over the tokens of the prompts. The dotted line is 100 %. Layers before the first cut are not shown.',
    }),
    ...timeSeries(single, clock),
  ];
}

function violin(
  name: string,
  rows: readonly Distribution[],
  about: Pick<Extract<Chart, { kind: 'violin' }>, 'title' | 'about' | 'unit' | 'scale'>,
): NamedChart[] {
  return rows.length === 0 ? [] : [{ name, chart: { kind: 'violin', ...about, rows } }];
}

function barsChart(
  name: string,
  rows: readonly BarsRow[],
  about: Omit<BarsChart, 'kind' | 'rows' | 'meanUnit'>,
): NamedChart[] {
  const meanUnit = about.full === 'share' ? 'share' : 'count';
  return rows.length === 0 ? [] : [{ name, chart: { kind: 'bars', ...about, meanUnit, rows } }];
}

function timeSeries(cells: readonly ChartCell[], clock: ReturnType<typeof withoutPauses>): NamedChart[] {
  const rows = cells.flatMap((cell) => {
    const points = timePoints(cell, timeMetric.name, clock);
    const p50 = cell.cell.metrics[timeMetric.name]?.p50;
    return points.length < 3 || !p50 ? [] : [{ ...nameOf(cell.cell), p50, points }];
  });
  if (rows.length === 0) return [];
  const about =
    'Median and middle half in each stretch of the run, pauses left out; all strips have the same relative scale. A line that climbs or falls in every strip is the machine or the server, not a policy.';
  return [
    {
      name: 'time-series',
      chart: {
        kind: 'time-series',
        title: 'Time to the end of the answer, over the run',
        about,
        unit: 'ms',
        seconds: clock.seconds,
        rows,
      },
    },
  ];
}

const nameOf = ({ policy_name }: ReportCell): Named => ({ name: policy_name, family: policyFamily(policy_name) });

const timeOf = ({ blocks, vs_baseline }: ReportCell) => vs_baseline[blocks ? blockTime : timeMetric.name];

const rangeOf = ({ low, high }: Interval, shift = 0) =>
  low === null || high === null ? undefined : ([low + shift, high + shift] as const);

function pareto({ headline }: ReportGroup, cells: readonly ChartCell[], noise: ReportCell | undefined): NamedChart[] {
  const points = cells.flatMap(({ cell }) => paretoPoint(cell) ?? []);
  if (points.length < 2) return [];
  const band = noise && timeOf(noise) && rangeOf((timeOf(noise) as { ratio: Interval }).ratio);
  const about = `Filled: on the front, no policy is faster and at least as good. Whiskers: 95 % intervals against the baseline.${band ? ' Grey: the baseline against itself.' : ''}`;
  return [
    {
      name: 'pareto',
      chart: {
        ...{ kind: 'pareto', title: 'Quality against time', about, points },
        ...{ xTitle: 'time against the baseline, less is faster', xUnit: 'ratio' },
        ...{ yTitle: headline ?? 'score', yUnit: 'score' },
        ...(band && { noise: band }),
      },
    },
  ];
}

function paretoPoint(cell: ReportCell): ParetoPoint | undefined {
  const y = cell.metrics[headlineMetric]?.mean;
  if (y === undefined) return undefined;
  if (cell.policy_name === baselineName) return { ...nameOf(cell), x: 1, y };
  const time = timeOf(cell);
  const x = time?.ratio.mean;
  if (!time || x === undefined || x === null || !(x > 0)) return undefined;
  const score = cell.vs_baseline[headlineMetric]?.difference;
  const [xRange, yRange] = [rangeOf(time.ratio), score && within(rangeOf(score, y - (score.mean ?? 0)))];
  return { ...nameOf(cell), x, y, ...(xRange && xRange[0] > 0 && { xRange }), ...(yRange && { yRange }) };
}

/** No mean of scores lies outside, though few samples cannot exclude such a difference. */
const within = (range: readonly [number, number] | undefined) =>
  range && ([Math.max(0, range[0]), Math.min(1, range[1])] as const);

/** Where an effect comes from: policies by families of samples. */
function familyMaps(cells: readonly ChartCell[], headline: string | null): NamedChart[] {
  const columns = [...new Set(cells.flatMap(({ cell }) => cell.families.map(({ family }) => family)))].sort();
  const of = (key: 'score' | 'time_ratio') =>
    cells.map(({ cell }) => ({
      ...nameOf(cell),
      values: columns.map((name) =>
        // The baseline has no ratio to itself.
        key === 'time_ratio' && cell.policy_name === baselineName
          ? 1
          : (cell.families.find(({ family }) => family === name)?.[key] ?? null),
      ),
    }));
  if (columns.length < 2) return [];
  return [
    ...heatmap('family-scores', columns, of('score'), {
      ...{ title: `${headline ?? 'Score'} by family of samples`, unit: 'score', better: 'more', scale: 'linear' },
      about: 'Mean score. Exploratory: few samples each, no verdicts.',
    }),
    ...heatmap('family-times', columns, of('time_ratio'), {
      ...{ title: 'Time × by family of samples', unit: 'ratio', better: 'less', scale: 'log' },
      about: "Total time over the baseline's for the same samples; less is faster. Exploratory, no verdicts.",
    }),
  ];
}

/** No picture has room for more columns. */
const mostColumns = 12;

function heatmap(
  name: string,
  columns: readonly string[],
  given: HeatmapChart['rows'],
  about: Omit<HeatmapChart, 'kind' | 'rows' | 'columns'>,
): NamedChart[] {
  const positive = (value: number | null) => (about.scale === 'log' && value !== null && !(value > 0) ? null : value);
  const rows = given
    .map((row) => ({ ...row, values: row.values.slice(0, mostColumns).map(positive) }))
    .filter(({ values }) => values.some((value) => value !== null));
  // Where only the baseline has values there is nothing to compare.
  if (rows.length < 2 || sum(rows.map(({ values }) => values.length)) === 0) return [];
  return [{ name, chart: { kind: 'heatmap', ...about, columns: columns.slice(0, mostColumns), rows } }];
}

/** Policies by benchmarks (and models), where there are several. */
function overallOf({ groups, cells }: Report): NamedChart[] {
  if (groups.length < 2) return [];
  const models = new Set(groups.map(({ model }) => model));
  const columns = groups.map(({ benchmark, model }) => (models.size > 1 ? `${benchmark}, ${model}` : benchmark));
  const policies = [...new Set(cells.map(({ policy_name }) => policy_name))].filter((name) => name !== noiseName);
  const rowsOf = (of: (cell: ReportCell) => number | null | undefined) =>
    policies.map((name) => ({
      ...{ name, family: policyFamily(name) },
      values: groups.map((group) => {
        const cell = cells.find((one) => one.policy_name === name && groupKey(one) === groupKey(group));
        return (cell && of(cell)) ?? null;
      }),
    }));
  const ratio = (cell: ReportCell) => (cell.policy_name === baselineName ? 1 : timeOf(cell)?.ratio.mean);
  return [
    ...heatmap(
      'scores',
      columns,
      rowsOf(({ metrics }) => metrics[headlineMetric]?.mean),
      {
        ...{ title: 'Score by benchmark', unit: 'score', better: 'more', scale: 'linear', byColumn: true },
        about: 'Mean headline score of each policy. Benchmarks have different scores: colours compare within a column.',
      },
    ),
    ...heatmap('times', columns, rowsOf(ratio), {
      ...{ title: 'Time × by benchmark', unit: 'ratio', better: 'less', scale: 'log' },
      about: "Time against the baseline's; less is faster.",
    }),
  ];
}
