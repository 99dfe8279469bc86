/** Sentences that Markdown and page share. Parts in backticks are code. */
import { groupBy } from '../core/index.ts';
import type { Report } from './report-types.ts';
import type { Column } from './table-columns.ts';

/** Metrics that no cell of the report has, by reason. */
export function missingLines({ cells }: Report): string[] {
  const [first, ...rest] = cells;
  const everywhere = Object.entries(first?.missing ?? {}).filter(([name]) =>
    rest.every((cell) => name in cell.missing),
  );
  const reasons = groupBy(everywhere, ([, reason]) => reason);
  return [...reasons].map(([reason, metrics]) => `${metrics.map(([name]) => name).join(', ')}: ${reason}`);
}

export const statisticsLines = {
  paired:
    'Comparisons are paired by sample. The brackets hold the 95 % interval. It covers the choice of samples within this run, not the state of the machine: the noise floor shows that.',
  verdicts: [
    '`better`, `worse`: the interval excludes "no difference", and so does a corrected permutation test at 5 %. A decision rests on score, time and cost: these are corrected together, over all policies (Westfall and Young). Each other metric is exploratory and corrected for the number of policies (Holm).',
    '`different`: shown in the same way, for a metric of which neither more nor less is better.',
    '`equivalent`: the whole interval lies within the margin.',
    '`no difference shown`: none of these. There may be a difference that these samples do not show.',
    '`too few samples`: too few of them, or too few that differ, for the method.',
  ],
} as const;

/** Each column once, by its title. */
export function meaningOf(columns: readonly Column[]): [title: string, about: string][] {
  return [...new Map(columns.map(({ title, about }) => [title, about]))];
}
