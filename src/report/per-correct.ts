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

/** One unit that is independent of the others: a sample, or the samples of a block. */
interface Unit {
  spent: number;
  score: number;
  /** The baseline's of the same samples; NaN where it has none. */
  twinSpent: number;
  twinScore: number;
}

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
      return units.length > 0 ? [[name, measure(units, { scale, fewest, open, name, metric })]] : [];
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

function measure(units: readonly Unit[], { scale, fewest, open, name, metric }: About): PerCorrect {
  const { benchmark, backend, model, policy_name } = open.cell;
  const random = createRandom(seedOf(benchmark, backend, model, policy_name, name));
  const column = (of: keyof Unit, from = units) => Float64Array.from(from, (unit) => unit[of]);
  const correct = units.reduce((sum, { score }) => sum + score, 0);
  const own = meanProductInterval(
    [
      { values: column('spent').map((value) => value * scale), power: 1 },
      { values: column('score'), power: -1 },
    ],
    random,
  );
  const twins = units.filter((unit) => !Number.isNaN(unit.twinSpent) && !Number.isNaN(unit.twinScore));
  const ratio = isComparable(twins, open, fewest)
    ? meanProductInterval(
        (['spent', 'score', 'twinSpent', 'twinScore'] as const).map((of, i) => ({
          values: column(of, twins),
          power: i === 0 || i === 3 ? (1 as const) : (-1 as const),
        })),
        random,
      )
    : noInterval;
  const why = whyNot(correct, units.length, fewest);
  return {
    ...(why === undefined ? own : { ...noInterval, mean: own.mean }),
    ...{ correct, n: units.length, left_out: leftOut(open, metric), ratio },
    ...(why !== undefined && { why }),
  };
}

/** As for scores: answers that have not differed yet may still, and no resampling of equal ones can show it. */
function isComparable(twins: readonly Unit[], { cell }: OpenCell, fewest: number): boolean {
  const least = Math.min(
    ...(['score', 'twinScore'] as const).map((of) => twins.reduce((sum, one) => sum + one[of], 0)),
  );
  const differing = twins.filter(({ score, twinScore }) => score !== twinScore).length;
  return twins.length >= fewest && least >= fewestCorrect && (keepsTokens(cell) || differing >= fewestDiffering);
}

function whyNot(correct: number, n: number, fewest: number): string | undefined {
  if (!(correct > 0)) return 'no answer was correct';
  if (correct < fewestCorrect) return `fewer than ${fewestCorrect} answers were correct`;
  return n < fewest ? `fewer than ${fewest} samples` : undefined;
}

function leftOut({ table }: OpenCell, metric: string): number {
  const values = table.values.get(metric) ?? [];
  return table.rows - table.unsupported - Array.from(values).filter((value) => !Number.isNaN(value)).length;
}

/** A sample's repeats are averaged: they are not independent. */
function unitsOfSamples(
  { table, pairing }: OpenCell,
  baseline: OpenCell | undefined,
  metric: string,
  ranks: Int32Array,
): Unit[] {
  const twins = new Map<number, number>();
  pairing?.rows.forEach((row, i) => {
    twins.set(row, pairing.twins[i] as number);
  });
  const sums = new Map<number, Unit & { count: number }>();
  const at = (of: OpenCell | undefined, name: string, row: number | undefined) =>
    (row === undefined ? undefined : of?.table.values.get(name)?.[row]) ?? Number.NaN;
  const own = { table } as OpenCell;
  for (let row = 0; row < table.rows; row++) {
    const [cost, score] = [at(own, metric, row), at(own, headlineMetric, row)];
    if (Number.isNaN(cost) || Number.isNaN(score)) continue;
    const sample = ranks[table.samples[row] as number] as number;
    const sum = sums.get(sample) ?? { spent: 0, score: 0, twinSpent: 0, twinScore: 0, count: 0 };
    sums.set(sample, sum);
    sum.spent += cost;
    sum.score += score;
    sum.twinSpent += at(baseline, metric, twins.get(row));
    sum.twinScore += at(baseline, headlineMetric, twins.get(row));
    sum.count++;
  }
  const names = [...sums.keys()].sort((a, b) => a - b);
  return names.map((sample) => {
    const { count, ...sum } = sums.get(sample) as Unit & { count: number };
    return {
      ...{ spent: sum.spent / count, score: sum.score / count },
      ...{ twinSpent: sum.twinSpent / count, twinScore: sum.twinScore / count },
    };
  });
}

/** Blocks of the same samples measure them again: their sums are averaged. */
function unitsOfBlocks({ table, blocks }: OpenCell, baseline: OpenCell | undefined): Unit[] {
  const scores = table.values.get(headlineMetric);
  const theirs = baseline?.table.values.get(headlineMetric);
  const sets = new Map<string, Unit[]>();
  for (const block of blocks) {
    const score = sumAt(block.rows, scores);
    if (score === undefined) continue;
    const twinScore = sumAt(block.twins, theirs) ?? Number.NaN;
    const unit = { spent: block.makespan, score, twinSpent: block.baseline ?? Number.NaN, twinScore };
    sets.set(block.samples, [...(sets.get(block.samples) ?? []), unit]);
  }
  const average = (units: readonly Unit[], of: keyof Unit) =>
    units.reduce((sum, unit) => sum + unit[of], 0) / units.length;
  return [...sets.keys()].sort().map((name) => {
    const units = sets.get(name) as Unit[];
    return {
      ...{ spent: average(units, 'spent'), score: average(units, 'score') },
      ...{ twinSpent: average(units, 'twinSpent'), twinScore: average(units, 'twinScore') },
    };
  });
}
