/** Runs side by side: each against the first, cell by cell, paired by sample where both played the same ones. */
import { createRandom, type Metric, seedOf } from '../core/index.ts';
import { metrics as builtMetrics, timeMetric } from '../metrics/index.ts';
import { noiseName } from '../rows/index.ts';
import {
  fewestBlocks,
  fewestSamples,
  type Interval,
  mean,
  type Observation,
  type PairedIntervals,
  pairBySample,
  pairedIntervals,
  unpairedIntervals,
} from '../stats/index.ts';
import { openRun } from './build-report.ts';
import type { OpenCell } from './compare-cells.ts';
import { blockTime, headlineMetric } from './decisions.ts';
import { type Condition, type GateResult, judgeCondition } from './gate.ts';
import { sumAt } from './measure-blocks.ts';
import { groupKey, type ReportInput } from './report-types.ts';

/** A run as a comparison needs it. */
export interface RunToCompare {
  label: string;
  input: ReportInput;
  /** Benchmark → sample id → what was asked and expected, as one text or its hash. */
  samples: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** What its numbers depend on: machine, model, versions, settings. */
  facts: Readonly<Record<string, string>>;
}

export interface ComparedMetric {
  /** Means over what is compared. */
  first: number;
  second: number;
  /** Second less first, and second over first. */
  difference: Interval;
  ratio: Interval;
  /** By sample; else the two runs share no samples, and the intervals are wider. */
  paired: boolean;
  /** Samples (or blocks) of both where paired, else of the smaller side; and pairs that differ. */
  n: number;
  differing: number;
  /** Too few for a verdict. */
  few: boolean;
}

export interface ComparedCell {
  policy_name: string;
  benchmark: string;
  metrics: Record<string, ComparedMetric>;
}

export interface GateCheck {
  condition: string;
  run: string;
  policy_name: string;
  benchmark: string;
  result: GateResult;
  /** What it was held against, at the confidence that so many checks ask of each; nulls where nothing was measured. */
  interval: Interval;
  confidence: number;
  n: number;
  /** Why nothing is shown. */
  why?: string;
}

export interface ComparedRun {
  label: string;
  /** What differs between the runs beside what is compared: a machine, a model, a version, a setting. */
  differs: string[];
  /** Benchmark → how samples were matched, where not all are the same. */
  samples: string[];
  /** Cells that only one of the runs has. */
  missing: string[];
  cells: ComparedCell[];
}

export interface RunComparison {
  first: string;
  runs: ComparedRun[];
  checks: GateCheck[];
}

export interface CompareAbout {
  conditions?: readonly Condition[];
  /** Only these. */
  policies?: readonly string[];
}

const shownMetrics = [
  ...[headlineMetric, timeMetric.name, blockTime, 'throughput', 'first_token_latency'],
  ...['cpu_seconds', 'cost_usd', 'completion_tokens'],
];

interface OpenRun {
  run: RunToCompare;
  cells: OpenCell[];
}

export function compareRuns(runs: readonly RunToCompare[], about: CompareAbout = {}): RunComparison {
  const opened = runs.map((run): OpenRun => ({ run, cells: openRun(run.input) }));
  const [first, ...others] = opened as [OpenRun, ...OpenRun[]];
  const { conditions = [], policies } = about;
  const isWanted = (name: string) => policies === undefined || policies.includes(name);
  const pairs = others.map((other) => ({ other, cells: matched(first, other).filter(({ name }) => isWanted(name)) }));
  // All checks of a gate together keep the 5 % of one interval (Bonferroni).
  const gated = (cells: readonly CellPair[]) => cells.filter(({ name }) => name !== noiseName);
  const count = pairs.reduce((sum, { cells }) => sum + gated(cells).length, 0) * conditions.length;
  const confidence = 1 - 0.05 / Math.max(1, count);
  return {
    first: first.run.label,
    runs: pairs.map(({ other, cells }) => comparedRun(first, other, cells, isWanted, conditions)),
    checks: pairs.flatMap(({ other, cells }) =>
      gated(cells).flatMap((pair) =>
        conditions.map((condition) => checkOf(condition, pair, other.run.label, confidence)),
      ),
    ),
  };
}

export interface CellPair {
  name: string;
  /** What the random draws of its intervals follow from. */
  seed: readonly string[];
  benchmark: string;
  first: OpenCell;
  second: OpenCell;
  /** Ids of samples that are the same in both. */
  same: ReadonlySet<string>;
  idsOf: { first: readonly string[]; second: readonly string[] };
}

type CellName = (open: OpenCell) => string;

/**
 * What cells of two runs are matched by: benchmark and policy, so that another model can be held against this one. Where a
 * run plays several backends or models, by those, too.
 */
function naming(...runs: readonly OpenRun[]): CellName {
  const short: CellName = ({ cell }) => JSON.stringify([cell.benchmark, cell.policy_name]);
  const long: CellName = ({ cell }) => JSON.stringify([cell.benchmark, cell.policy_name, cell.backend, cell.model]);
  return runs.every(({ cells }) => new Set(cells.map(short)).size === cells.length) ? short : long;
}

function matched(first: OpenRun, second: OpenRun): CellPair[] {
  const nameOf = naming(first, second);
  const theirs = new Map(second.cells.map((open) => [nameOf(open), open]));
  return first.cells.flatMap((open) => {
    const twin = theirs.get(nameOf(open));
    if (!twin) return [];
    const { benchmark, policy_name: name } = open.cell;
    const ids = ({ run }: OpenRun, { cell }: OpenCell) =>
      run.input.collected.groups.find((group) => groupKey(group) === groupKey(cell))?.samples ?? [];
    const same = sameSamples(first.run, second.run, benchmark);
    const seed = [benchmark, name];
    const idsOf = { first: ids(first, open), second: ids(second, twin) };
    return [{ name, seed, benchmark, first: open, second: twin, same, idsOf }];
  });
}

function sameSamples(first: RunToCompare, second: RunToCompare, benchmark: string): Set<string> {
  const [own, theirs] = [first.samples.get(benchmark), second.samples.get(benchmark)];
  return new Set([...(own ?? [])].flatMap(([id, text]) => (theirs?.get(id) === text ? [id] : [])));
}

function comparedRun(
  first: OpenRun,
  other: OpenRun,
  pairs: readonly CellPair[],
  isWanted: (policy: string) => boolean,
  conditions: readonly Condition[],
): ComparedRun {
  const { facts } = first.run;
  const names = [...new Set([...Object.keys(facts), ...Object.keys(other.run.facts)])];
  const differs = names
    .filter((name) => facts[name] !== other.run.facts[name])
    .map(
      (name) =>
        `${name}: ${facts[name] ?? 'none'} in ${first.run.label}, ${other.run.facts[name] ?? 'none'} in ${other.run.label}`,
    );
  const nameOf = naming(first, other);
  const only = (run: OpenRun, against: OpenRun) => {
    const known = new Set(against.cells.map(nameOf));
    return run.cells
      .filter((open) => !known.has(nameOf(open)) && isWanted(open.cell.policy_name))
      .map(({ cell }) => `${cell.policy_name} on ${cell.benchmark}: only in ${run.run.label}`);
  };
  const benchmarks = [...new Set(pairs.map(({ benchmark }) => benchmark))];
  return {
    label: other.run.label,
    differs,
    samples: benchmarks.flatMap((benchmark) => sampleWords(first.run, other.run, benchmark)),
    missing: [...only(first, other), ...only(other, first)],
    cells: pairs.map((pair) =>
      comparedCell(
        pair,
        conditions.map(({ metric }) => metric),
      ),
    ),
  };
}

/** @param more metrics beside those that are always shown */
export const comparedCell = (pair: CellPair, more: readonly string[] = []): ComparedCell => ({
  ...{ policy_name: pair.name, benchmark: pair.benchmark },
  metrics: Object.fromEntries(
    [...new Set([...shownMetrics, ...more])].flatMap((name) => {
      const found = compareMetric(pair, name);
      return found ? [[name, found.compared]] : [];
    }),
  ),
});

function sampleWords(first: RunToCompare, second: RunToCompare, benchmark: string): string[] {
  const [own, theirs] = [first.samples.get(benchmark)?.size ?? 0, second.samples.get(benchmark)?.size ?? 0];
  const same = sameSamples(first, second, benchmark).size;
  if (same === own && same === theirs) return [];
  return [
    same > 0
      ? `${benchmark}: ${same} samples are the same in both (${own} in ${first.label}, ${theirs} in ${second.label}); the comparison is over these, paired`
      : `${benchmark}: no sample is the same in both, so nothing is paired and intervals are wider`,
  ];
}

interface Found {
  compared: ComparedMetric;
  at(confidence: number): PairedIntervals;
  fewest: number;
}

const known = new Map(builtMetrics.map((metric) => [metric.name, metric]));

/** Scores that only a benchmark knows are between 0 and 1, as those of all are. */
export const isScore = (name: string, { first, second }: Pick<ComparedMetric, 'first' | 'second'>): boolean => {
  const metric = known.get(name);
  return metric ? metric.unit === 'score' : name.startsWith('slo') || (first <= 1 && second <= 1);
};

/** Undefined where one of the runs has no value. */
function compareMetric(pair: CellPair, name: string): Found | undefined {
  const { first, second, same, idsOf } = pair;
  const own = observe(first, name, idsOf.first);
  const theirs = observe(second, name, idsOf.second);
  if (own.length === 0 || theirs.length === 0) return undefined;
  const isSame = ({ sample }: Observation) => sample.split('\n').every((id) => same.has(id));
  const pairs = pairBySample(theirs.filter(isSame), own.filter(isSame));
  const paired = pairs.values.length > 0;
  const [values, baseline] = paired ? [pairs.values, pairs.baseline] : [bySample(theirs), bySample(own)];
  const seed = seedOf(...pair.seed, name);
  const at = (confidence: number) =>
    paired
      ? pairedIntervals(values, baseline, createRandom(seed), undefined, confidence)
      : unpairedIntervals(values, baseline, createRandom(seed), confidence);
  const fewest = isBlock(first) || isBlock(second) ? fewestBlocks : fewestSamples;
  const n = Math.min(values.length, baseline.length);
  const differing = paired
    ? values.filter((value, i) => value !== baseline[i]).length
    : new Set([...values, ...baseline]).size < 2
      ? 0
      : n;
  const { difference, ratio } = at(0.95);
  return {
    ...{ at, fewest },
    compared: {
      ...{ first: mean(baseline), second: mean(values), difference, ratio },
      ...{ paired, n, differing, few: n < fewest },
    },
  };
}

export const isBlock = ({ cell }: OpenCell) => cell.blocks !== null;

/** A sample's repeats are averaged. Of blocks the unit is the block, and what no block has is left out. */
function observe(open: OpenCell, name: string, ids: readonly string[]): Observation[] {
  const { table, blocks, cell } = open;
  const { inBlocks }: Pick<Metric, 'inBlocks'> = known.get(name) ?? {};
  const values = table.values.get(name);
  const perBlock = (of: (block: OpenCell['blocks'][number]) => number | undefined): Observation[] =>
    blocks.flatMap((block) => {
      const value = of(block);
      return value === undefined ? [] : [{ sample: block.samples, repeat: block.repeat, value }];
    });
  if (cell.blocks !== null) {
    if (name === blockTime) return perBlock(({ makespan }) => makespan);
    if (inBlocks === 'rate') return perBlock(({ rate }) => rate);
    if (inBlocks === 'summed') return perBlock(({ rows }) => sumAt(rows, values));
    if (inBlocks !== undefined) return [];
  }
  if (!values) return [];
  return Array.from(values).flatMap((value, row) =>
    Number.isNaN(value)
      ? []
      : [{ sample: ids[table.samples[row] as number] as string, repeat: table.repeats[row] as number, value }],
  );
}

function bySample(observations: readonly Observation[]): Float64Array {
  const found = new Map<string, number[]>();
  for (const { sample, value } of observations) found.set(sample, [...(found.get(sample) ?? []), value]);
  return Float64Array.from([...found.keys()].sort(), (sample) => mean(found.get(sample) as number[]));
}

function checkOf(condition: Condition, pair: CellPair, run: string, confidence: number): GateCheck {
  const about = { condition: condition.text, run, policy_name: pair.name, benchmark: pair.benchmark, confidence };
  const found = compareMetric(pair, condition.metric);
  if (!found) {
    const why = `${condition.metric} was not measured in both`;
    return { ...about, result: 'unclear', interval: { mean: null, low: null, high: null }, n: 0, why };
  }
  const { compared, at, fewest } = found;
  const interval = at(confidence)[condition.of];
  const { n, differing } = compared;
  const bounded = (known.get(condition.metric)?.unit ?? 'score') === 'score';
  const result = judgeCondition(condition, { interval, n, fewest, differing, bounded });
  const why = result === 'unclear' ? whyUnclear(interval, n, fewest) : undefined;
  return { ...about, result, interval, n, ...(why !== undefined && { why }) };
}

function whyUnclear({ low }: Interval, n: number, fewest: number): string {
  if (n < fewest) return `${n} samples or blocks, and a verdict takes ${fewest}`;
  return low === null
    ? 'there is no ratio of such values'
    : 'the interval lies on both sides of the limit, or too few samples differ';
}

/** Names of metrics that some cell has: what a condition may name. */
export function metricsOf(runs: readonly RunToCompare[]): string[] {
  const names = runs.flatMap(({ input }) =>
    input.collected.groups.flatMap(({ cells }) => cells.flatMap(({ values }) => [...values.keys()])),
  );
  return [...new Set([...names, blockTime])];
}
