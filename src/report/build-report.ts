/** From what was collected of finished trials to the report: cells, and what they are against the baseline. */
import { groupBy, type Metric } from '../core/index.ts';
import { metrics } from '../metrics/index.ts';
import { baselineName, countersOfActing } from '../rows/index.ts';
import type { CellTable } from './cell-table.ts';
import type { GroupTable } from './collect-rows.ts';
import { compareAll, compareCells, type Describe, type OpenCell, type Yardstick } from './compare-cells.ts';
import { decide } from './decide.ts';
import { familiesOf } from './families.ts';
import { type Known, unknown } from './known-statistics.ts';
import { type BlocksAbout, type MeasuredBlocks, measureBlocks } from './measure-blocks.ts';
import { emptyObjectives, objectiveNotes } from './objective-lines.ts';
import { pairingOf, ranksOf, twinRows } from './pairing.ts';
import { perCorrectOf } from './per-correct.ts';
import type { Report, ReportCell, ReportGroup, ReportInput, Spread } from './report-types.ts';
import { spreadOf } from './spread.ts';

/** Calls no model; equal input gives an equal report. Groups and cells stand as they were collected. */
export function buildReport(input: ReportInput): Report {
  const { collected, objectives = [] } = input;
  const records = recordsOf(input);
  const report: Report = { run: input.run, groups: [], cells: [], warnings: [...collected.warnings], decisions: [] };
  for (const group of collected.groups) {
    const cells = openCells(group, records, input);
    const first = cells[0] as OpenCell;
    const headline = input.headlines.get(group.benchmark) ?? null;
    if (first.cell.policy_name === baselineName) compareCells(first, cells.slice(1), yardstickOf(group, input));
    const ranks = ranksOf(group.samples);
    for (const open of cells) open.cell.per_correct = costsOf(open, first, ranks, input);
    report.groups.push(groupOf(first, group, headline, input));
    report.cells.push(...cells.map(({ cell }) => cell));
  }
  const notes = [...(input.run.notes ?? []), ...collected.notes, ...objectiveNotes(objectives, report.cells)];
  if (notes.length > 0) report.run = { ...input.run, notes };
  report.warnings.push(...emptyObjectives(objectives, report.cells));
  report.decisions = decide(report);
  return report;
}

/**
 * Everything that takes long and is of one cell alone, into `input.known`. Where every cell of a run is among those of
 * some input, a report of all of them has little left to compute.
 */
export function computeStatistics(input: ReportInput): void {
  for (const group of input.collected.groups) {
    const [first, ...others] = openCells(group, new Map(), input);
    if (first?.cell.policy_name !== baselineName) continue;
    compareAll(first, others, yardstickOf(group, input));
    const ranks = ranksOf(group.samples);
    for (const open of others) costsOf(open, first, ranks, input);
  }
}

const yardstickOf = ({ benchmark }: GroupTable, { extra, headlines, margin = {}, known }: ReportInput): Yardstick => ({
  describe: describer(extra, headlines.get(benchmark) ?? null),
  ...{ margin, known: known ?? unknown },
});

function costsOf(open: OpenCell, first: OpenCell, ranks: Int32Array, { known = unknown }: ReportInput) {
  const isBaseline = open === first || open.cell.policy_name === baselineName;
  return known('costs', open.cell, '', () => perCorrectOf(open, isBaseline ? undefined : first, ranks));
}

/** The cells of all groups, measured and not compared: for comparisons of whole runs. */
export function openRun(input: ReportInput): OpenCell[] {
  const records = recordsOf(input);
  return input.collected.groups.flatMap((group) => openCells(group, records, input));
}

/** By block, of policies whose trials are offered together: of the others every trial has a record, and nobody asks. */
function recordsOf({ collected: { groups }, blocks = [], blockSizes = {} }: ReportInput): BlocksAbout['records'] {
  const tables = groups.flatMap(({ cells }) => cells);
  const together = tables.filter(({ isTogether }) => isTogether);
  const policies = new Set([
    ...together.map(({ cell }) => cell.policy_name),
    ...Object.keys(blockSizes).filter((name) => (blockSizes[name] ?? 1) > 1),
  ]);
  return groupBy(
    blocks.filter(({ policy_name }) => policies.has(policy_name)),
    ({ block }) => block,
  );
}

function openCells(
  { cells, samples, families }: GroupTable,
  records: BlocksAbout['records'],
  input: ReportInput,
): OpenCell[] {
  const ranks = ranksOf(samples);
  const table = cells.find(({ cell }) => cell.policy_name === baselineName);
  const baseline = table && { table, twinOf: twinRows(table) };
  return cells.map((table) => {
    const asked = input.blockSizes?.[table.cell.policy_name];
    const blocks = measureBlocks(table, { records, asked, samples, baseline });
    const open: OpenCell = {
      ...{ table, blocks: blocks?.whole ?? [], cell: cellOf(table, blocks, input) },
      pairing: baseline && pairingOf(table, baseline.twinOf, ranks),
    };
    open.cell.families = familiesOf(open, families, baseline?.table);
    return open;
  });
}

function cellOf(table: CellTable, blocks: MeasuredBlocks | undefined, input: ReportInput): ReportCell {
  const { acts = {}, extra = [], collected, known = unknown } = input;
  const { benchmark, policy_name, backend, model, realisation, fidelity } = table.cell;
  const values = blocks
    ? { ...withoutTimes(spreads(table, known)), ...spreadsOfBlocks(blocks) }
    : spreads(table, known);
  return {
    ...{ policy_name, benchmark, backend, model, realisation },
    ...{ trials: table.rows, failed: table.failed, unsupported: table.unsupported, fidelity },
    replayed: table.replayed,
    blocks: blocks?.about ?? null,
    goodput: realisation === 'client' && !blocks ? goodputOf(table, collected.seconds) : null,
    ...actionOf(table, countersOfActing(acts, { policy_name, realisation })),
    metrics: values,
    missing: missingOf(
      [...metrics, ...extra].filter(({ name }) => !(name in values)),
      table.ok > 0,
    ),
    vs_baseline: {},
    per_correct: {},
    families: [],
    failures: table.failures,
  };
}

const missingOf = (without: readonly Metric[], ended: boolean) =>
  Object.fromEntries(
    without.map(({ name, missing = 'it gave no number' }) => [name, ended ? missing : 'no trial ended well']),
  );

/**
 * Trials that keep every objective, per second of the whole run. All cells of a run share its time, the noise floor's too,
 * so their goodputs add up. The engine has none: it plays one trial after the other, at no rate that it could keep up with.
 */
function goodputOf({ values }: CellTable, seconds: number): number | null {
  const kept = Array.from(values.get('slo_attainment') ?? []).filter((value) => !Number.isNaN(value));
  if (kept.length === 0 || !(seconds > 0)) return null;
  return kept.reduce((sum, value) => sum + value, 0) / seconds;
}

/** Acted: every counter is above zero in at least one finished trial. */
function actionOf(
  { ok, counted }: CellTable,
  counters: readonly string[] | undefined,
): Pick<ReportCell, 'acted' | 'idle'> {
  if (counters === undefined || ok === 0) return { acted: null };
  const idle = counters.filter((counter) => !counted.has(counter));
  return idle.length === 0 ? { acted: true } : { acted: false, idle };
}

function spreads({ cell, values, samples, repeats }: CellTable, known: Known): Record<string, Spread> {
  const found: Record<string, Spread> = {};
  const repeated = repeats.some((repeat) => repeat > 0) ? samples : undefined;
  for (const [name, column] of values) {
    const spread = known('spread', cell, name, () => spreadOf(column, repeated));
    if (spread) found[name] = spread;
  }
  return found;
}

const ofBlocks = new Map(metrics.map(({ name, inBlocks }) => [name, inBlocks]));

/** In a queue a trial's own times say nothing of the policy: the block's rate stands in their place, or none. */
const withoutTimes = (values: Record<string, Spread>) =>
  Object.fromEntries(
    Object.entries(values).filter(([name]) => ofBlocks.get(name) !== 'rate' && ofBlocks.get(name) !== 'absent'),
  );

function spreadsOfBlocks({ whole }: MeasuredBlocks): Record<string, Spread> {
  const sets = whole.map(({ samples }) => samples);
  const [rate, makespan] = [whole.map(({ rate }) => rate), whole.map(({ makespan }) => makespan)].map((values) =>
    spreadOf(values, sets),
  );
  const rates = metrics.filter(({ inBlocks }) => inBlocks === 'rate');
  return {
    ...(rate && Object.fromEntries(rates.map(({ name }) => [name, rate]))),
    ...(makespan && { makespan }),
  };
}

function groupOf(
  { cell }: OpenCell,
  { benchmark, backend, model, samples }: GroupTable,
  headline: string | null,
  { floors = {}, extra = [] }: ReportInput,
): ReportGroup {
  const { constant = null, oracle = null, shuffled = null } = floors[benchmark] ?? {};
  const score = cell.policy_name === baselineName ? cell.metrics.reward?.mean : undefined;
  return {
    ...{ benchmark, backend, model, headline, constant, oracle, shuffled },
    own: extra.map(({ name }) => name),
    samples: samples.length,
    floor: constant !== null && score !== undefined && score <= constant,
  };
}

/** Scores that only a benchmark knows have no direction, unless they are its headline. */
function describer(extra: readonly Metric[] = [], headline: string | null): Describe {
  const known = new Map([...metrics, ...extra].map((metric) => [metric.name, metric]));
  return (name) =>
    known.get(name) ?? { name, group: 'quality', unit: 'score', better: name === headline ? 'more' : 'neither' };
}
