/** The columns of a report's tables, shared by Markdown and terminal. */
import {
  headlineOf,
  kindOf,
  meanOf,
  none,
  ownOf,
  percentOf,
  ratioOf,
  shortHeadlineOf,
  shortKindOf,
  timeOf,
  timeText,
} from './cell-text.ts';
import { formatNumber } from './format-number.ts';
import type { ReportCell, ReportGroup } from './report-types.ts';

export interface Column {
  title: string;
  align: 'left' | 'right';
  /** One sentence for the list below the tables. */
  about: string;
  of(cell: ReportCell): string;
  /** The same in fewer characters. */
  short?(cell: ReportCell): string;
  /** A table that has to become narrower drops the column with the lowest number first; without one it stays. */
  dropAt?: number;
  /** The same for its short form. */
  shortAt?: number;
}

const policy: Column = {
  title: 'policy',
  align: 'left',
  about: 'What `--policy` took.',
  of: (cell) => cell.policy_name,
  // Compositions and the parameters of a sweep go on in the next line.
  short: (cell) => cell.policy_name.replace(/(?=[+[])|(?<=,)/g, '\n'),
  shortAt: 10,
};

const time: Column = {
  title: 'time ×',
  align: 'left',
  about:
    "Time to the end of the answer as a ratio of means to the baseline: below 1 is faster. Where trials are offered at once: from the offer of a block to its last answer, over the sum of the baseline's times for the same samples.",
  of: (cell) => timeOf(cell),
  short: (cell) => timeOf(cell, false),
  shortAt: 90,
};

const cpu: Column = {
  title: 'CPU ×',
  align: 'left',
  about:
    "CPU seconds of the engine's process, the policy's own included and the building of graphs left out, against the baseline: what other programs on the machine disturb least. Of whole blocks where trials are offered at once.",
  of: (cell) => timeText(cell.vs_baseline.cpu_seconds, true, false),
  short: ratioOf('cpu_seconds'),
  shortAt: 45,
  dropAt: 105,
};

const headline = ({ headline }: ReportGroup): Column => ({
  title: headline ?? 'score',
  align: 'left',
  about: 'The headline score, then its difference to the baseline.',
  of: headlineOf,
  short: shortHeadlineOf,
  shortAt: 60,
});

const kind: Column = {
  title: 'kind',
  align: 'left',
  about:
    "`exact`: the baseline's tokens by construction; `lossy`: not. `not exact`: it says so, and its tokens differ. `did not act`: its counters stayed at zero. " +
    '`no counter`: a control, or a policy that names no counter which shows whether it acted.',
  of: kindOf,
  short: shortKindOf,
  shortAt: 30,
};

const numeric = (dropAt: number, title: string, of: Column['of'], about: string): Column => ({
  ...{ dropAt, title, of, about },
  align: 'right',
});

const trials = [
  numeric(110, 'n', (cell) => String(cell.trials), 'Trials played.'),
  numeric(50, 'failed', (cell) => String(cell.failed), 'Trials that failed: 0 in the score, missing elsewhere.'),
];

const speed = [
  numeric(
    80,
    'tokens/s',
    meanOf('throughput'),
    'Completion tokens per second, the prompt included; those of a whole block where trials are offered at once.',
  ),
  numeric(
    75,
    'in SLO',
    percentOf('slo_attainment'),
    'Share of trials that keep every objective of `--slo`; failed ones keep none. Not judged where trials wait for others of their block.',
  ),
  numeric(
    85,
    'goodput/s',
    ({ goodput }) => (goodput === null ? none : formatNumber(goodput)),
    "Against an API: trials that keep every objective, per second of the run. The run's cells share its time: their goodputs add up.",
  ),
  numeric(40, 'first token ms', meanOf('first_token_latency'), 'Mean time to the first token in milliseconds.'),
];

const work = {
  engine: [
    numeric(
      20,
      'passes ×',
      ratioOf('passes_per_token'),
      "Passes per completion token, against the baseline; those of a draft model at its weights' share of the model's.",
    ),
    numeric(
      70,
      'layer rows ×',
      ratioOf('layer_rows_per_token'),
      "Rows times layers computed per token of prompt and answer, a draft model's at their size, against the baseline.",
    ),
    numeric(
      10,
      'KV bytes ×',
      ratioOf('kv_bytes_mean'),
      "Bytes of K and V in filled slots per decode step, a draft model's included, against the baseline.",
    ),
  ],
  client: [
    numeric(20, 'calls ×', ratioOf('calls'), 'Inner calls, cancelled ones included, against the baseline.'),
    numeric(70, 'tokens ×', ratioOf('total_tokens'), 'Prompt and completion tokens, against the baseline.'),
  ],
};

const same = numeric(
  100,
  'same',
  percentOf('agreement'),
  "Share of trials with the baseline's token ids (texts, where ids are unknown).",
);

/** Who gave a metric wants to see it: it is never left out. */
const own = (name: string): Column => ({
  title: name,
  align: 'left',
  about: 'A metric of your own: its mean, then its difference to the baseline.',
  of: (cell) => ownOf(cell, name, true),
  short: (cell) => ownOf(cell, name, false),
  shortAt: 65,
});

/** Columns for the cells of one group; those without a single value are left out. */
export function columnsFor(group: ReportGroup, cells: readonly ReportCell[]): Column[] {
  const has = (realisation: ReportCell['realisation']) => cells.some((cell) => cell.realisation === realisation);
  const counted = [...(has('engine') ? work.engine : []), ...(has('client') ? work.client : [])];
  return [
    policy,
    ...trials,
    time,
    ...(has('engine') ? [cpu] : []),
    ...speed,
    ...counted,
    same,
    headline(group),
    ...group.own.map(own),
    kind,
  ].filter((column) => cells.some((cell) => column.of(cell) !== none));
}
