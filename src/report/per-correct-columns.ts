/** What a correct answer costs, as a table. */
import { none } from './cell-text.ts';
import { formatNumber, formatRatio } from './format-number.ts';
import type { PerCorrectName, ReportCell } from './report-types.ts';
import { type Column, policyColumn } from './table-columns.ts';

const number = (name: PerCorrectName, withRange: boolean) => (cell: ReportCell) => {
  const found = cell.per_correct[name];
  if (!found) return none;
  if (found.mean === null) return found.why ?? none;
  const { low, high } = found;
  return low === null || high === null || !withRange
    ? formatNumber(found.mean)
    : `${formatNumber(found.mean)} [${formatNumber(low)}, ${formatNumber(high)}]`;
};

const ratio = (name: PerCorrectName, withRange: boolean) => (cell: ReportCell) => {
  const { mean, low, high } = cell.per_correct[name]?.ratio ?? {};
  if (typeof mean !== 'number' || typeof low !== 'number' || typeof high !== 'number') return none;
  return withRange ? `${formatRatio(mean)} [${formatRatio(low)}, ${formatRatio(high)}]` : formatRatio(mean);
};

const pair = (name: PerCorrectName, what: string, order: number, dropAt: number | undefined): Column[] => [
  {
    ...{ title: `${what} per correct`, align: 'right', order, shortAt: 20, ...(dropAt && { dropAt }) },
    about: `All ${what} over the sum of the scores, with the 95 % interval. A score of 0.4 counts as 0.4 of an answer. Trials that failed are not in it: what they took is not known.`,
    of: number(name, true),
    short: number(name, false),
  },
  {
    ...{ title: `${what} per correct ×`, align: 'right', order: order + 1, shortAt: 21, ...(dropAt && { dropAt }) },
    about: 'The same against the baseline, over the samples that both have. Exploratory.',
    of: ratio(name, true),
    short: ratio(name, false),
  },
];

const all: readonly Column[] = [
  policyColumn,
  ...pair('seconds_per_correct', 's', 10, undefined),
  ...pair('tokens_per_correct', 'tokens', 20, 40),
  ...pair('usd_per_correct', 'USD', 30, 50),
];

/** None where no cell has a score. */
export function perCorrectColumns(cells: readonly ReportCell[]): Column[] {
  const known = all.filter((column) => cells.some((cell) => column.of(cell) !== none));
  return known.length > 1 ? known : [];
}
