/**
 * Cells of one group against their baseline: every metric both sides have, corrected over the policies, and those that a
 * decision rests on corrected together.
 */
import { createRandom, type Metric, seedOf } from '../core/index.ts';
import { timeMetric } from '../metrics/index.ts';
import { noiseName } from '../rows/index.ts';
import {
  type Comparison,
  comparePairs,
  fewestBlocks,
  fewestSamples,
  holm,
  judge,
  type NamedPairs,
  type Observation,
  pairBySample,
  type Rules,
} from '../stats/index.ts';
import type { CellTable } from './cell-table.ts';
import { correctDecisions, decisionMetrics } from './decisions.ts';
import type { Known } from './known-statistics.ts';
import { sumAt, type WholeBlock } from './measure-blocks.ts';
import { type Pairing, pairsOf } from './pairing.ts';
import type { ReportCell, VsBaseline } from './report-types.ts';

/** A cell on its way into the report. */
export interface OpenCell {
  cell: ReportCell;
  table: CellTable;
  /** Of a cell whose trials are offered together. */
  blocks: readonly WholeBlock[];
  /** Its rows with a twin in the baseline; undefined without a baseline. */
  pairing: Pairing | undefined;
}

type Described = Pick<Metric, 'name' | 'group' | 'unit' | 'better' | 'inBlocks' | 'ofTime'>;
export type Describe = (name: string) => Described;

/** A comparison on its way to its verdict. */
interface Compared {
  cell: ReportCell;
  name: string;
  /** Of a decision: of all others they would fill the memory. */
  pairs: NamedPairs | undefined;
  comparison: Comparison;
  /** Holm over the policies, in this metric. */
  corrected: number | null;
  rules: Rules;
}

export interface Yardstick {
  describe: Describe;
  margin: Readonly<Record<string, number>>;
  known: Known;
}

/** The same with what is known once the cells are. */
interface Rule extends Yardstick {
  isDecision(cell: ReportCell, name: string): boolean;
}

/** Zeros of two cells that failed throughout are equal and say nothing. */
const hasEnded = ({ cell: { trials, failed, unsupported } }: OpenCell) => trials > failed + unsupported;

/** Fills `vs_baseline` of every cell. */
export const compareCells = (baseline: OpenCell, others: readonly OpenCell[], yardstick: Yardstick): void =>
  enter(compareAll(baseline, others, yardstick), baseline);

/** Every metric of every cell, corrected over the policies in this metric, and not yet judged. */
export function compareAll(baseline: OpenCell, others: readonly OpenCell[], yardstick: Yardstick): Compared[] {
  const compared: Compared[] = [];
  const has = (metric: string) => baseline.table.values.has(metric);
  const rule: Rule = {
    ...yardstick,
    isDecision: (cell, name) => decisionMetrics(cell, has).includes(name),
  };
  for (const [name, twins] of baseline.table.values) {
    const { inBlocks } = yardstick.describe(name);
    const policies = others.filter(
      (open) =>
        open.table.values.has(name) &&
        !(open.cell.blocks && inBlocks && inBlocks !== 'summed') &&
        (hasEnded(baseline) || hasEnded(open)),
    );
    // Calls of one batch share its passes and divide their cost: only the block's sum was measured.
    const summed = policies.filter(
      ({ cell }) => inBlocks === 'summed' && cell.blocks && cell.policy_name !== noiseName,
    );
    const single = policies.filter((open) => !summed.includes(open));
    const isNoise = ({ cell }: OpenCell) => cell.policy_name === noiseName;
    const pairs = ({ pairing, table }: OpenCell) => pairsOf(pairing as Pairing, table.values.get(name) ?? [], twins);
    for (const cells of [single.filter((open) => !isNoise(open)), single.filter(isNoise)])
      compared.push(...compareFamily(cells, pairs, name, rule));
    const sums = (open: OpenCell) => pairedSums(open, name, twins);
    compared.push(...compareFamily(summed, sums, name, rule, fewestBlocks));
  }
  compared.push(...compareMakespans(others, rule));
  return compared;
}

/** Verdicts: of decisions by what holds for the table, of all others by what holds for their metric. */
function enter(compared: readonly Compared[], { cell }: OpenCell): void {
  const decisions = compared.filter(({ pairs }) => pairs);
  const ofTable = correctDecisions(
    decisions.flatMap(({ pairs }) => pairs ?? []),
    cell,
  );
  const corrected = new Map(decisions.map((decision, i) => [decision, ofTable[i] ?? null]));
  for (const one of compared) one.cell.vs_baseline[one.name] = entry(one, corrected.get(one));
}

function compareMakespans(others: readonly OpenCell[], { describe, margin, known, isDecision }: Rule): Compared[] {
  const time = { ...describe(timeMetric.name), name: 'makespan' };
  const width = margin[timeMetric.name] ?? margin[timeMetric.group] ?? 0.05;
  return compareFamily(
    others.filter(({ blocks }) => blocks.length > 0),
    pairedMakespans,
    'makespan',
    { describe: () => time, margin: { makespan: width, ...margin }, known, isDecision },
    fewestBlocks,
  );
}

function compareFamily(
  cells: readonly OpenCell[],
  pairs: (cell: OpenCell) => NamedPairs,
  name: string,
  { describe, margin, known, isDecision }: Rule,
  fewest = fewestSamples,
): Compared[] {
  const metric = describe(name);
  const scale = metric.unit === 'score' ? 'difference' : 'ratio';
  const compared = cells
    .map((open) => {
      const { cell } = open;
      const random = createRandom(seedOf(cell.benchmark, cell.backend, cell.model, cell.policy_name, name));
      const comparison = known('comparison', cell, name, () => comparePairs(pairs(open), random, scale));
      return { cell, pairs: isDecision(cell, name) ? pairs(open) : undefined, comparison };
    })
    .filter(({ comparison }) => comparison.n > 0);
  const corrected = holm(compared.map(({ comparison }) => comparison.p));
  return compared.map(({ cell, pairs, comparison }, i) => {
    const rules: Rules = {
      better: metric.better,
      margin: margin[name] ?? margin[metric.group] ?? (scale === 'difference' ? 0.02 : 0.05),
      scale,
      bounded: metric.unit === 'score',
      exact: keepsTokens(cell) && !metric.ofTime,
      fewest,
    };
    return { cell, name, pairs, comparison, corrected: corrected[i] ?? null, rules };
  });
}

/**
 * Equal tokens have equal scores, so a score of such a policy needs no minimum of samples. A policy that promised the
 * baseline's tokens and gave others does not count.
 */
export const keepsTokens = ({ fidelity, metrics: { agreement } }: ReportCell) =>
  fidelity === 'exact' && (agreement === undefined || agreement.mean === 1);

/** @param ofTable the p of a decision; undefined where the comparison is none */
function entry({ comparison, corrected, rules }: Compared, ofTable: number | null | undefined): VsBaseline {
  const { difference, ratio, p, n, differing, samplesToShow, deviation } = comparison;
  const exploratory = ofTable === undefined;
  const verdict = judge(comparison, exploratory ? corrected : ofTable, rules);
  return {
    ...{ difference, ratio, p, p_holm: corrected, p_table: ofTable ?? null, exploratory },
    ...{ n, differing, verdict, samples_to_show: samplesToShow, deviation },
  };
}

/** The block is the unit: its trials are no independent measurements of what they share, nor are those of its repeats. */
function pairedBlocks(
  blocks: readonly WholeBlock[],
  own: (block: WholeBlock) => number | undefined,
  theirs: (block: WholeBlock) => number | undefined,
): NamedPairs {
  const observe = (of: (block: WholeBlock) => number | undefined): Observation[] =>
    blocks.flatMap((block) => {
      const value = of(block);
      return value === undefined ? [] : [{ sample: `block ${block.samples}`, repeat: block.repeat, value }];
    });
  return pairBySample(observe(own), observe(theirs));
}

const pairedMakespans = ({ blocks }: OpenCell) =>
  pairedBlocks(
    blocks,
    ({ makespan }) => makespan,
    ({ baseline }) => baseline,
  );

/** A block's sum of a metric over its trials, and over the baseline's of the same samples. */
const pairedSums = ({ blocks, table }: OpenCell, name: string, twins: ArrayLike<number>) =>
  pairedBlocks(
    blocks,
    ({ rows }) => sumAt(rows, table.values.get(name)),
    (block) => sumAt(block.twins, twins),
  );
