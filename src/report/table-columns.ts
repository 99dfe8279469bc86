/** The columns of a report's tables, shared by Markdown and terminal. Those of metrics follow from the registry. */
import type { Metric, MetricColumn } from '../core/index.ts';
import { metrics } from '../metrics/index.ts';
import {
  headlineOf,
  kindOf,
  meanOf,
  none,
  percentOf,
  ratioOf,
  scoreOf,
  shortHeadlineOf,
  shortKindOf,
  verdictOf,
} from './cell-text.ts';
import { formatNumber } from './format-number.ts';
import type { ReportCell, ReportGroup } from './report-types.ts';

export interface Column {
  title: string;
  align: 'left' | 'right';
  /** Columns stand from left to right by this number. */
  order: number;
  /** One sentence for the list below the tables. */
  about: string;
  of(cell: ReportCell): string;
  /** The same in fewer characters. */
  short?(cell: ReportCell): string;
  /** A table that has to become narrower drops the column with the lowest number first; without one it stays. */
  dropAt?: number | undefined;
  /** The same for its short form. */
  shortAt?: number | undefined;
}

export const policyColumn: Column = {
  ...{ title: 'policy', align: 'left', order: 0 },
  about: 'What `--policy` took.',
  of: (cell) => cell.policy_name,
  // Compositions and the parameters of a sweep go on in the next line.
  short: (cell) => cell.policy_name.replace(/(?=[+[])|(?<=,)/g, '\n'),
  shortAt: 10,
};

const kind: Column = {
  ...{ title: 'kind', align: 'left', order: 900 },
  about:
    "`exact`: built to give the baseline's tokens. `lossy`: its tokens may differ. `not exact`: built to be exact, but its tokens differ. " +
    '`did not act`: the counter that shows its work stayed at zero. `no counter`: a control, or a policy without such a counter.',
  of: kindOf,
  short: shortKindOf,
  shortAt: 30,
};

/** What a cell is, beside what was measured of its trials. */
const facts: readonly Column[] = [
  policyColumn,
  {
    ...{ title: 'n', align: 'right', order: 100, dropAt: 110 },
    about: 'Trials played.',
    of: (cell) => String(cell.trials),
  },
  {
    ...{ title: 'failed', align: 'right', order: 110, dropAt: 50 },
    about: 'Trials that failed: 0 in the score, missing elsewhere.',
    of: (cell) => String(cell.failed),
  },
  {
    ...{ title: 'goodput/s', align: 'right', order: 320, dropAt: 85 },
    about:
      "Against an API: trials that keep every objective, per second of the run. The run's cells share its time: their goodputs add up.",
    of: ({ goodput }) => (goodput === null ? none : formatNumber(goodput)),
  },
  kind,
];

/** Who gave a metric wants to see it: it is never left out. */
const own = (name: string, at: number): Column => ({
  ...{ title: name, align: 'left', order: 700 + at, shortAt: 65 },
  about: 'A metric of your own: its mean, then its difference to the baseline.',
  of: (cell) => scoreOf(cell, name, true),
  short: (cell) => scoreOf(cell, name, false),
});

type Texts = Pick<Column, 'of' | 'short' | 'align'>;

/** How a metric is shown: see `MetricColumn`. */
const shown: Record<MetricColumn['show'], (metric: Metric) => Texts> = {
  verdict: ({ name, inBlocks }) => ({
    align: 'left',
    of: (cell) => verdictOf(cell, name, inBlocks),
    short: (cell) => verdictOf(cell, name, inBlocks, false),
  }),
  score: ({ name }) => ({
    align: 'left',
    of: (cell) => scoreOf(cell, name, true),
    short: (cell) => scoreOf(cell, name, false),
  }),
  headline: ({ name }) => ({
    align: 'left',
    of: (cell) => headlineOf(cell, name),
    short: (cell) => shortHeadlineOf(cell, name),
  }),
  ratio: ({ name }) => ({ align: 'right', of: ratioOf(name) }),
  mean: ({ name }) => ({ align: 'right', of: meanOf(name) }),
  percent: ({ name }) => ({ align: 'right', of: percentOf(name) }),
};

function columnOf(metric: Metric, { headline }: ReportGroup, cells: readonly ReportCell[]): Column[] {
  const { column, about, name } = metric;
  if (!column || (column.only && cells.every((cell) => cell.realisation !== column.only))) return [];
  // The baseline's 1 is a value only where something was measured.
  if (column.dropAt !== undefined && column.show === 'verdict' && !cells.some((cell) => cell.metrics[name])) return [];
  if (column.aboveZero && !cells.some((cell) => (cell.metrics[name]?.mean ?? 0) > 0)) return [];
  const { show, order, dropAt, shortAt } = column;
  const title = show === 'headline' ? (headline ?? column.title) : column.title;
  return [{ title, order, dropAt, shortAt, about: column.about ?? about, ...shown[show](metric) }];
}

/** Columns for the cells of one group; those without a single value are left out. */
export function columnsFor(group: ReportGroup, cells: readonly ReportCell[]): Column[] {
  const measured = metrics.flatMap((metric) => columnOf(metric, group, cells));
  return [...facts, ...measured, ...group.own.map(own)]
    .sort((a, b) => a.order - b.order)
    .filter((column) => cells.some((cell) => column.of(cell) !== none));
}
