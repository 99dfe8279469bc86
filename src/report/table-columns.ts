/** The columns of a report's tables, shared by Markdown and terminal. */
import type { Interval } from '../stats/index.ts';
import { formatNumber, formatRatio } from './format-number.ts';
import { baselineName, type ReportCell, type ReportGroup, type VsBaseline } from './report-types.ts';

export interface Column {
  title: string;
  align: 'left' | 'right';
  /** The higher, the longer the column stays where a table has to become narrower. */
  priority: number;
  /** One sentence for the list below the tables. */
  about: string;
  of(cell: ReportCell): string;
  /** The same in fewer characters. */
  short?(cell: ReportCell): string;
}

const none = '–';

const meanOf = (name: string) => (cell: ReportCell) => {
  const spread = cell.metrics[name];
  return spread ? formatNumber(spread.mean) : none;
};

/** Ratio of means to the baseline, without an interval. */
const against = (name: string) => (cell: ReportCell) => {
  const ratio = cell.vs_baseline[name]?.ratio.mean;
  return ratio === undefined || ratio === null ? none : formatRatio(ratio);
};

const range = ({ low, high }: Interval, format: (value: number) => string) =>
  low === null || high === null ? '' : ` [${format(low)}, ${format(high)}]`;

export function timeText(comparison: VsBaseline | undefined): string {
  if (!comparison || comparison.ratio.mean === null) return none;
  const { ratio, verdict } = comparison;
  return `${formatRatio(ratio.mean as number)}${range(ratio, formatRatio)} ${verdict}`;
}

const signed = (value: number) => {
  const text = Math.abs(value).toFixed(3);
  return Number(text) === 0 ? text : `${value < 0 ? '−' : '+'}${text}`;
};

export function scoreText(comparison: VsBaseline | undefined): string {
  if (!comparison || comparison.difference.mean === null) return none;
  const { difference, verdict } = comparison;
  return `${signed(difference.mean as number)}${range(difference, signed)} ${verdict}`;
}

/** Value of the headline score, then its difference to the baseline. */
function headline(cell: ReportCell): string {
  const score = cell.metrics.reward;
  if (!score) return none;
  const comparison = cell.vs_baseline.reward;
  return comparison ? `${score.mean.toFixed(3)}, ${scoreText(comparison)}` : score.mean.toFixed(3);
}

const time = (cell: ReportCell) => {
  if (cell.policy_name === baselineName) return '1';
  return cell.trials > 0 && cell.unsupported === cell.trials
    ? 'unsupported'
    : timeText(cell.vs_baseline.generation_time);
};

const shortTime = (cell: ReportCell) => {
  const comparison = cell.vs_baseline.generation_time;
  if (!comparison || comparison.ratio.mean === null) return time(cell);
  return `${formatRatio(comparison.ratio.mean)} ${comparison.verdict}`;
};

const shortHeadline = (cell: ReportCell) => {
  const comparison = cell.vs_baseline.reward;
  if (!comparison || comparison.difference.mean === null) return headline(cell);
  return `${signed(comparison.difference.mean)} ${comparison.verdict}`;
};

const same = (cell: ReportCell) => {
  const agreement = cell.metrics.agreement;
  return agreement ? `${formatNumber(100 * agreement.mean)} %` : none;
};

const kind = (cell: ReportCell) => `${cell.fidelity}${cell.acted === false ? ', did not act' : ''}`;

const column = (
  title: string,
  priority: number,
  of: Column['of'],
  about: string,
  rest: Partial<Column> = {},
): Column => ({ title, priority, of, about, align: 'right', ...rest });

const work = {
  engine: [
    column(
      'passes',
      4,
      against('passes_per_token'),
      'Passes of the engine per completion token, against the baseline.',
    ),
    column(
      'layer rows',
      5,
      against('layer_rows_per_token'),
      'Rows times layers computed per completion token, against the baseline.',
    ),
    column('KV bytes', 3, against('kv_bytes_mean'), 'Bytes of K and V held per decode step, against the baseline.'),
  ],
  client: [
    column('calls', 4, against('calls'), 'Inner calls, cancelled ones included, against the baseline.'),
    column('tokens', 5, against('total_tokens'), 'Prompt and completion tokens, against the baseline.'),
  ],
};

/** Columns for the cells of one group; those without a single value are left out. */
export function columnsFor(group: ReportGroup, cells: readonly ReportCell[]): Column[] {
  const realisations = new Set(cells.map((cell) => cell.realisation));
  return [
    column('policy', 100, (cell) => cell.policy_name, 'What `--policy` took.', { align: 'left' }),
    column('n', 8, (cell) => String(cell.trials), 'Trials played.'),
    column('failed', 7, (cell) => String(cell.failed), 'Trials that failed: 0 in the score, missing elsewhere.'),
    column('time', 99, time, 'Time to the end of the answer as a ratio of means to the baseline: below 1 is faster.', {
      align: 'left',
      short: shortTime,
    }),
    column('tokens/s', 9, meanOf('throughput'), 'Completion tokens per second, the prompt included.'),
    column('first token ms', 6, meanOf('first_token_latency'), 'Mean time to the first token in milliseconds.'),
    ...(realisations.has('engine') ? work.engine : []),
    ...(realisations.has('client') ? work.client : []),
    column('same', 10, same, "Share of trials with the baseline's token ids (texts, where ids are unknown)."),
    column(group.headline ?? 'score', 98, headline, 'The headline score, then its difference to the baseline.', {
      align: 'left',
      short: shortHeadline,
    }),
    column(
      'kind',
      97,
      kind,
      "`exact`: the baseline's tokens by construction; `lossy`: not. `did not act`: its counters stayed at zero.",
      { align: 'left' },
    ),
  ].filter(({ title, of }) => title === 'policy' || cells.some((cell) => of(cell) !== none));
}
