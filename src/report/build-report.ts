/** From finished trials to the report: cells, their metrics, and what they are against the baseline. */
import { groupBy, type Metric, type Trial } from '../core/index.ts';
import { metrics } from '../metrics/index.ts';
import { mean, quantiles } from '../stats/index.ts';
import { cellWarnings, unscored } from './cell-warnings.ts';
import { compareCells, type Describe, type OpenCell } from './compare-cells.ts';
import { countFailures } from './count-failures.ts';
import { type MeasuredBlocks, measureBlocks, twinOf } from './measure-blocks.ts';
import { headlinesOf, type Measured, measureTrials } from './measure-trials.ts';
import { emptyObjectives, objectiveNotes } from './objective-lines.ts';
import {
  baselineName,
  groupKey,
  noiseName,
  type Report,
  type ReportCell,
  type ReportGroup,
  type ReportInput,
  type Spread,
} from './report-types.ts';

/** Calls no model; equal input gives an equal report. Order of cells: as the trials come, the baseline first. */
export async function buildReport(input: ReportInput): Promise<Report> {
  const headlines = headlinesOf(input);
  const { measured, warnings } = await measureTrials(input, headlines);
  const groups = groupBy(measured, ({ trial }) => groupKey(trial.cell));
  const report: Report = { run: input.run, groups: [], cells: [], warnings: [...unscored(input), ...warnings] };
  for (const members of groups.values()) {
    const cells = openCells(members, input);
    const first = cells[0] as OpenCell;
    const headline = headlines.get(first.cell.benchmark) ?? null;
    const yardstick = { describe: describer(input.extra, headline), margin: input.margin ?? {} };
    if (first.cell.policy_name === baselineName) compareCells(first, cells.slice(1), yardstick);
    report.warnings.push(...cells.flatMap(({ cell }) => cellWarnings(cell)));
    report.groups.push(groupOf(first, members, headline, input));
    report.cells.push(...cells.map(({ cell }) => cell));
  }
  const { objectives = [] } = input;
  const notes = [...(input.run.notes ?? []), ...objectiveNotes(objectives, report.cells)];
  if (notes.length > 0) report.run = { ...input.run, notes };
  report.warnings.push(...emptyObjectives(objectives, report.cells));
  return report;
}

function openCells(members: readonly Measured[], input: ReportInput): OpenCell[] {
  const place = ({ cell }: OpenCell) => [baselineName, noiseName].indexOf(cell.policy_name);
  const rank = (open: OpenCell) => [1, 0, 2][place(open) + 1] as number;
  const twins = timesOfBaseline(members);
  return [...groupBy(members, ({ trial }) => trial.cell.policy_name)]
    .map(([name, measured]) => {
      const blocks = measureBlocks(measured, input.blocks ?? [], input.blockSizes?.[name], twins);
      return { measured, blocks: blocks?.whole ?? [], cell: cellOf(measured, input, blocks) };
    })
    .sort((a, b) => rank(a) - rank(b));
}

function timesOfBaseline(members: readonly Measured[]): Map<string, number> {
  const played = members.filter(({ trial }) => trial.cell.policy_name === baselineName);
  return new Map(
    played.flatMap(({ trial, values: { generation_time } }) =>
      generation_time === undefined ? [] : [[twinOf(trial), generation_time] as const],
    ),
  );
}

function cellOf(
  measured: readonly Measured[],
  { acts = {}, extra = [], seconds }: ReportInput,
  blocks: MeasuredBlocks | undefined,
): ReportCell {
  const trials = measured.map(({ trial }) => trial);
  const { benchmark, policy_name, backend, model, realisation, fidelity } = (trials[0] as Trial).cell;
  const values = blocks ? { ...withoutRate(spreads(measured)), ...spreadsOfBlocks(blocks) } : spreads(measured);
  const count = (status: Trial['status']) => trials.filter((trial) => trial.status === status).length;
  return {
    ...{ policy_name, benchmark, backend, model, realisation },
    ...{ trials: trials.length, failed: count('failed'), unsupported: count('unsupported'), fidelity },
    replayed: trials.filter(({ replays }) => replays).length,
    blocks: blocks?.about ?? null,
    goodput: realisation === 'client' && !blocks ? goodputOf(measured, seconds) : null,
    acted: hasActed(trials, acts[policy_name]),
    metrics: values,
    missing: missingOf(
      [...metrics, ...extra].filter(({ name }) => !(name in values)),
      trials.some(({ status }) => status === 'ok'),
    ),
    vs_baseline: {},
    failures: countFailures(trials),
  };
}

const missingOf = (without: readonly Metric[], ended: boolean) =>
  Object.fromEntries(
    without.map(({ name, missing = 'it gave no number' }) => [name, ended ? missing : 'no trial ended well']),
  );

/**
 * The noise floor and other cells have their share of the run's time too: goodputs of a run's cells add up. The engine
 * plays one trial after the other, so that none is offered a rate it could keep up with: no goodput there.
 */
function goodputOf(measured: readonly Measured[], seconds: number | undefined): number | null {
  const kept = measured.flatMap(({ values: { slo_attainment } }) => slo_attainment ?? []);
  if (kept.length === 0 || !seconds || !(seconds > 0)) return null;
  return kept.reduce((sum, value) => sum + value, 0) / seconds;
}

/** Every counter above zero in at least one finished trial. */
function hasActed(trials: readonly Trial[], counters: string | readonly string[] | undefined): boolean | null {
  const finished = trials.filter((trial) => trial.status === 'ok');
  if (counters === undefined || finished.length === 0) return null;
  return [counters].flat().every((counter) => finished.some((trial) => counted(trial, counter) > 0));
}

function counted({ counters: { sums, tallies } }: Trial, counter: string): number {
  return sums[counter] ?? Object.values(tallies[counter] ?? {}).reduce((sum, amount) => sum + amount, 0);
}

function spreads(measured: readonly Measured[]): Record<string, Spread> {
  const names = new Set(measured.flatMap(({ values }) => Object.keys(values)));
  return Object.fromEntries(
    [...names].map((name) => [name, spreadOf(measured.flatMap(({ values }) => values[name] ?? []))]),
  );
}

function spreadOf(values: number[]): Spread {
  // Sorted, so that rounding does not depend on the order in which trials finished.
  values.sort((a, b) => a - b);
  const [p50, p95, p99] = quantiles(values, [0.5, 0.95, 0.99]) as [number, number, number];
  return { mean: mean(values), p50, p95, p99, n: values.length };
}

/** In a queue a trial's own times say nothing of the policy: the block's rate stands in their place, or none. */
const withoutRate = ({ throughput: _, slo_attainment: __, ...rest }: Record<string, Spread>) => rest;

function spreadsOfBlocks({ whole }: MeasuredBlocks): Record<string, Spread> {
  if (whole.length === 0) return {};
  return {
    throughput: spreadOf(whole.map(({ rate }) => rate)),
    makespan: spreadOf(whole.map(({ makespan }) => makespan)),
  };
}

function groupOf(
  { cell }: OpenCell,
  members: readonly Measured[],
  headline: string | null,
  { floors = {}, extra = [] }: ReportInput,
): ReportGroup {
  const { benchmark, backend, model } = cell;
  const { constant = null, oracle = null } = floors[benchmark] ?? {};
  const score = cell.policy_name === baselineName ? cell.metrics.reward?.mean : undefined;
  return {
    ...{ benchmark, backend, model, headline, constant, oracle },
    own: extra.map(({ name }) => name),
    samples: new Set(members.map(({ trial }) => trial.sample)).size,
    floor: constant !== null && score !== undefined && score <= constant,
  };
}

/** Scores that only a benchmark knows have no direction, unless they are its headline. */
function describer(extra: readonly Metric[] = [], headline: string | null): Describe {
  const known = new Map([...metrics, ...extra].map((metric) => [metric.name, metric]));
  return (name) =>
    known.get(name) ?? { name, group: 'quality', unit: 'score', better: name === headline ? 'more' : 'neither' };
}
