/**
 * What a correct answer costs: all seconds, tokens or dollars of a cell over the sum of its headline scores. A policy that
 * is fast and wrong is dear by it. A score of 0.4 counts as 0.4 of an answer.
 */
import { createRandom, seedOf } from '../core/index.ts';
import { timeMetric } from '../metrics/index.ts';
import { fewestBlocks, fewestDiffering, fewestSamples, meanProductInterval, noInterval } from '../stats/index.ts';
import { keepsTokens, type OpenCell } from './compare-cells.ts';
import { headlineMetric } from './decisions.ts';
import { sumAt } from './measure-blocks.ts';
import type { PerCorrect, PerCorrectName } from './report-types.ts';

/** With fewer correct answers the interval does not keep its coverage (docs/statistics.md). */
export const fewestCorrect = 3;

/** What is divided by the correct answers, in the unit of the name. */
const spent: Record<PerCorrectName, { metric: string; scale: number }> = {
  seconds_per_correct: { metric: timeMetric.name, scale: 1e-3 },
  tokens_per_correct: { metric: 'total_tokens', scale: 1 },
  usd_per_correct: { metric: 'cost_usd', scale: 1 },
};

/** Columns of units that are independent of each other: a sample, or the samples of a block. */
interface Units {
  spent: Float64Array;
  score: Float64Array;
  /** The baseline's of the same samples; NaN where it has none. */
  twinSpent: Float64Array;
  twinScore: Float64Array;
}

const columns = ['spent', 'score', 'twinSpent', 'twinScore'] as const;

const unitsOf = (column: (of: keyof Units) => Float64Array): Units => ({
  ...{ spent: column('spent'), score: column('score') },
  ...{ twinSpent: column('twinSpent'), twinScore: column('twinScore') },
});

/**
 * Nothing where a cell has no score, or where nothing was measured to divide by it.
 * @param ranks of each sample: intervals may not depend on the order of play
 */
export function perCorrectOf(
  open: OpenCell,
  baseline: OpenCell | undefined,
  ranks: Int32Array,
): Partial<Record<PerCorrectName, PerCorrect>> {
  const { cell, table } = open;
  if (!table.values.has(headlineMetric)) return {};
  return Object.fromEntries(
    (Object.keys(spent) as PerCorrectName[]).flatMap((name) => {
      const { metric, scale } = spent[name];
      if (!table.values.has(metric)) return [];
      const isBlock = cell.blocks !== null && metric === timeMetric.name;
      const units = isBlock ? unitsOfBlocks(open, baseline) : unitsOfSamples(open, baseline, metric, ranks);
      const fewest = isBlock ? fewestBlocks : fewestSamples;
      return units.score.length > 0 ? [[name, measure(units, { scale, fewest, open, name, metric })]] : [];
    }),
  );
}

interface About {
  scale: number;
  fewest: number;
  open: OpenCell;
  name: PerCorrectName;
  metric: string;
}

function measure(units: Units, { scale, fewest, open, name, metric }: About): PerCorrect {
  const { benchmark, backend, model, policy_name } = open.cell;
  const random = createRandom(seedOf(benchmark, backend, model, policy_name, name));
  const n = units.score.length;
  const correct = sumOf(units.score);
  const own = meanProductInterval(
    [
      { values: units.spent.map((value) => value * scale), power: 1 },
      { values: units.score, power: -1 },
    ],
    random,
  );
  const twins = withTwins(units);
  const ratio = isComparable(twins, open, fewest)
    ? meanProductInterval(
        columns.map((of, i) => ({ values: twins[of], power: i === 0 || i === 3 ? (1 as const) : (-1 as const) })),
        random,
      )
    : noInterval;
  const why = whyNot(correct, n, fewest);
  return {
    ...(why === undefined ? own : { ...noInterval, mean: own.mean }),
    ...{ correct, n, left_out: leftOut(open, metric), ratio },
    ...(why !== undefined && { why }),
  };
}

function withTwins(units: Units): Units {
  const { twinSpent, twinScore } = units;
  const hasTwin = (_: number, unit: number) => !Number.isNaN(twinSpent[unit]) && !Number.isNaN(twinScore[unit]);
  return unitsOf((of) => units[of].filter(hasTwin));
}

function sumOf(values: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] as number;
  return sum;
}

/** As for scores: answers that have not differed yet may still, and no resampling of equal ones can show it. */
function isComparable({ score, twinScore }: Units, { cell }: OpenCell, fewest: number): boolean {
  const least = Math.min(sumOf(score), sumOf(twinScore));
  const differing = score.filter((own, unit) => own !== twinScore[unit]).length;
  return score.length >= fewest && least >= fewestCorrect && (keepsTokens(cell) || differing >= fewestDiffering);
}

function whyNot(correct: number, n: number, fewest: number): string | undefined {
  if (!(correct > 0)) return 'no answer was correct';
  if (correct < fewestCorrect) return `fewer than ${fewestCorrect} answers were correct`;
  return n < fewest ? `fewer than ${fewest} samples` : undefined;
}

function leftOut({ table }: OpenCell, metric: string): number {
  let without = table.rows - table.unsupported;
  for (const value of table.values.get(metric) ?? []) if (!Number.isNaN(value)) without--;
  return without;
}

/** A sample's repeats are averaged: they are not independent. */
function unitsOfSamples(
  { table, pairing }: OpenCell,
  baseline: OpenCell | undefined,
  metric: string,
  ranks: Int32Array,
): Units {
  const twins = new Int32Array(table.rows).fill(-1);
  pairing?.rows.forEach((row, i) => {
    twins[row] = pairing.twins[i] as number;
  });
  const [cost, score] = [table.values.get(metric), table.values.get(headlineMetric)];
  const [twinCost, twinScore] = [metric, headlineMetric].map((name) => baseline?.table.values.get(name));
  const at = (values: Float64Array | undefined, row: number) => values?.[row] ?? Number.NaN;
  const sums = unitsOf(() => new Float64Array(ranks.length));
  const counts = new Int32Array(ranks.length);
  for (let row = 0; row < table.rows; row++) {
    if (Number.isNaN(at(cost, row)) || Number.isNaN(at(score, row))) continue;
    const sample = ranks[table.samples[row] as number] as number;
    const twin = twins[row] as number;
    addTo(sums.spent, sample, at(cost, row));
    addTo(sums.score, sample, at(score, row));
    addTo(sums.twinSpent, sample, at(twinCost, twin));
    addTo(sums.twinScore, sample, at(twinScore, twin));
    addTo(counts, sample, 1);
  }
  const isThere = (_: number, sample: number) => (counts[sample] as number) > 0;
  return unitsOf((of) => sums[of].map((sum, sample) => sum / (counts[sample] as number)).filter(isThere));
}

function addTo(sums: Float64Array | Int32Array, at: number, value: number): void {
  sums[at] = (sums[at] as number) + value;
}

/** Blocks of the same samples measure them again: their sums are averaged. */
function unitsOfBlocks({ table, blocks }: OpenCell, baseline: OpenCell | undefined): Units {
  const scores = table.values.get(headlineMetric);
  const theirs = baseline?.table.values.get(headlineMetric);
  const sets = new Map<string, Record<keyof Units, number>[]>();
  for (const block of blocks) {
    const score = sumAt(block.rows, scores);
    if (score === undefined) continue;
    const twinScore = sumAt(block.twins, theirs) ?? Number.NaN;
    const unit = { spent: block.makespan, score, twinSpent: block.baseline ?? Number.NaN, twinScore };
    sets.set(block.samples, [...(sets.get(block.samples) ?? []), unit]);
  }
  const names = [...sets.keys()].sort();
  return unitsOf((of) =>
    Float64Array.from(names, (name) => {
      const units = sets.get(name) ?? [];
      return units.reduce((sum, unit) => sum + unit[of], 0) / units.length;
    }),
  );
}
