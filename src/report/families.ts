/** What a policy did in each family of samples: where an effect comes from. Exploratory, without verdicts. */
import { timeMetric } from '../metrics/index.ts';
import type { CellTable } from './cell-table.ts';
import { none } from './cell-text.ts';
import type { OpenCell } from './compare-cells.ts';
import { headlineMetric } from './decisions.ts';
import { formatNumber, formatRatio } from './format-number.ts';
import type { FamilyPart, ReportCell } from './report-types.ts';

/** For the report of one cell. @param families of each sample of the group, by its number; undefined where it has none */
export function familiesOf(
  { table, pairing, cell }: OpenCell,
  families: readonly (string | undefined)[],
  twins: CellTable | undefined,
): FamilyPart[] {
  const names = [...new Set(families.flatMap((name) => name ?? []))].sort();
  if (names.length < 2) return [];
  const scores = table.values.get(headlineMetric);
  const times = table.values.get(timeMetric.name);
  return names.map((family) => {
    const rows = table.samples.flatMap((sample, row) => (families[sample] === family ? [row] : []));
    return {
      ...{ family, trials: rows.length, score: meanAt(scores, rows), generation_time: meanAt(times, rows) },
      time_ratio: cell.blocks ? null : ratioOf(new Set(rows), pairing, times, twins?.values.get(timeMetric.name)),
    };
  });
}

function meanAt(values: ArrayLike<number> | undefined, rows: readonly number[]): number | null {
  const known = rows.map((row) => values?.[row] ?? Number.NaN).filter((value) => !Number.isNaN(value));
  return known.length > 0 ? known.reduce((sum, value) => sum + value, 0) / known.length : null;
}

/** Total over pairs that have a value on both sides. */
function ratioOf(
  rows: ReadonlySet<number>,
  pairing: OpenCell['pairing'],
  values: ArrayLike<number> | undefined,
  baseline: ArrayLike<number> | undefined,
): number | null {
  let [own, theirs] = [0, 0];
  pairing?.rows.forEach((row, i) => {
    const [value, twin] = [values?.[row] ?? Number.NaN, baseline?.[pairing.twins[i] as number] ?? Number.NaN];
    if (!rows.has(row) || Number.isNaN(value) || Number.isNaN(twin)) return;
    own += value;
    theirs += twin;
  });
  return theirs > 0 ? own / theirs : null;
}

export interface FamilyTable {
  head: string[];
  align: ('left' | 'right')[];
  rows: string[][];
}

/** One row a family and policy, family by family; undefined where samples are of one family or of none. */
export function familyTable(cells: readonly ReportCell[]): FamilyTable | undefined {
  const names = [...new Set(cells.flatMap(({ families }) => families.map(({ family }) => family)))].sort();
  if (names.length < 2) return undefined;
  const rows = names.flatMap((name) =>
    cells.flatMap(({ policy_name, families }) => {
      const part = families.find(({ family }) => family === name);
      return part && part.trials > 0 ? [[name, policy_name, ...numbersOf(part)]] : [];
    }),
  );
  return {
    head: ['family', 'policy', 'n', 'score', 'time ms', 'time ×'],
    align: ['left', 'left', 'right', 'right', 'right', 'right'],
    rows,
  };
}

const numbersOf = ({ trials, score, generation_time, time_ratio }: FamilyPart) => [
  String(trials),
  score === null ? none : score.toFixed(3),
  generation_time === null ? none : formatNumber(generation_time),
  time_ratio === null ? none : formatRatio(time_ratio),
];
