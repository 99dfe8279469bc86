/** The trials of one policy as a table; each opens beside the baseline's. */
import { formatNumber } from '../src/core/format-number.ts';
import type { PageRun } from '../src/dash/page-run.ts';
import { askTrials, type TrialRow } from './ask.ts';
import { element } from './element.ts';
import { tableLinks } from './export-links.ts';
import type { Draft } from './parts.ts';
import { type Go, orderAmong, type State, sortedBy } from './state.ts';
import { table } from './table.ts';

const most = 500;

const number = (value: number | null) => (value === null ? '–' : formatNumber(value));

const columns: readonly [title: string, about: string, of: (row: TrialRow) => string][] = [
  [
    'sample',
    'The sample; a repeat has its number.',
    ({ sample_id, repeat }) => `${sample_id}${Number(repeat) > 0 ? ` (repeat ${repeat})` : ''}`,
  ],
  ['status', 'ok, failed or unsupported.', ({ status }) => status],
  ['total ms', 'Time to the end of the answer.', ({ generation_time }) => number(generation_time)],
  ['first token ms', 'Time to the first token.', ({ first_token_latency }) => number(first_token_latency)],
  ['tokens/s', 'Tokens of the answer per second.', ({ throughput }) => number(throughput)],
  ['score', 'The headline score.', ({ reward }) => number(reward)],
  ['tokens', 'Tokens of the answer.', ({ completion_tokens }) => number(completion_tokens)],
  ['error', 'Code of the failure.', ({ error_code }) => error_code ?? '–'],
];

const heads = columns.map(([title, about], i) => ({
  ...{ title, about },
  align: i < 2 || title === 'error' ? ('left' as const) : ('right' as const),
}));

export async function trialsView(page: PageRun, state: State, go: Go): Promise<Draft> {
  const asked = {
    ...{ run: page.run, policy: state.open, benchmark: state.benchmark, status: state.status },
    ...{ family: state.family, backend: state.backend, model: state.model, from: state.from, to: state.to },
  };
  const answer = await askTrials({ ...asked, limit: String(most) });
  const { sort, order } = orderAmong(heads, state);
  return {
    name: 'trials',
    of: [answer, JSON.stringify(asked), sort, order, state.trial],
    make: () => view(answer, asked, { ...state, sort, order }, go),
  };
}

function view(
  { total, rows }: { total: number; rows: TrialRow[] },
  asked: Record<string, string>,
  { open, trial, sort, order }: State,
  go: Go,
): HTMLElement {
  return element(
    'section',
    { 'aria-labelledby': 'trials-title', id: 'trials' },
    element(
      'div',
      { class: 'row' },
      element('h2', { id: 'trials-title', tabindex: -1 }, `Trials of ${open}: ${formatNumber(total)}`),
      element(
        'button',
        { type: 'button', 'data-focus': 'close trials', click: () => go({ open: '', trial: '' }) },
        'Close these trials',
      ),
    ),
    total > rows.length &&
      element(
        'p',
        { class: 'muted' },
        `The first ${rows.length} by the name of the sample; /api/trials gives the others.`,
      ),
    table({
      ...{ label: `Trials of ${open}`, columns: heads, sort, order, opened: trial, isTall: true },
      rows: rows.map((row) => ({
        id: row.trial_key,
        texts: columns.map(([, , of]) => of(row)),
        name: `${row.sample_id}: show this trial`,
      })),
      onSort: (title) => go(sortedBy(title)),
      onOpen: (trial) => go({ trial }),
    }),
    tableLinks({ ...asked, table: 'trials' }, `all ${formatNumber(total)} trials of ${open}, every column`),
  );
}
