/** The trials of one policy as a table; each opens beside the baseline's. */
import { formatNumber } from '../src/core/format-number.ts';
import type { PageRun } from '../src/dash/page-run.ts';
import { askTrials, type TrialRow } from './ask.ts';
import { element } from './element.ts';
import { tableLinks } from './export-links.ts';
import type { Draft } from './parts.ts';
import { type Go, noRange, orderAmong, type State, sortedBy } from './state.ts';
import { table } from './table.ts';
import { rangeForm, rangeNames } from './trial-range.ts';

const most = 100;

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

/** Titles of columns → what the server sorts by. */
const sorts: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.entries(rangeNames).map(([name, title]) => [title, name])),
  ...{ sample: 'sample', status: 'status', error: 'error_code' },
};

export async function trialsView(page: PageRun, state: State, go: Go): Promise<Draft> {
  const { sort, order } = orderAmong(heads, state);
  const asked = {
    ...{ run: page.run, policy: state.open, benchmark: state.benchmark, status: state.status },
    ...{ family: state.family, backend: state.backend, model: state.model, from: state.from, to: state.to },
    ...(state.range !== '' && { range: state.range, least: state.least, most: state.most }),
    ...(order !== '' && { sort: sorts[sort] ?? '', order }),
  };
  const offset = state.offset === '' ? '0' : state.offset;
  const answer = await askTrials({ ...asked, limit: String(most), offset });
  return {
    name: 'trials',
    of: [answer, JSON.stringify(asked), offset, state.range, state.least, state.most, state.trial],
    make: () => view(answer, asked, { ...state, sort, order, offset }, go),
  };
}

function view(
  { total, rows }: { total: number; rows: TrialRow[] },
  asked: Record<string, string>,
  state: State,
  go: Go,
): HTMLElement {
  const { open, trial, sort, order } = state;
  return element(
    'section',
    { 'aria-labelledby': 'trials-title', id: 'trials' },
    element(
      'div',
      { class: 'row' },
      element('h2', { id: 'trials-title', tabindex: -1 }, `Trials of ${open}: ${formatNumber(total)}`),
      element(
        'button',
        { type: 'button', 'data-focus': 'close trials', click: () => go({ open: '', trial: '', ...noRange }) },
        'Close these trials',
      ),
    ),
    rangeForm(state, go),
    table({
      ...{ label: `Trials of ${open}`, columns: heads, sort, order, opened: trial, isTall: true, isSorted: true },
      rows: rows.map((row) => ({
        id: row.trial_key,
        texts: columns.map(([, , of]) => of(row)),
        name: `${row.sample_id}: show this trial`,
      })),
      onSort: (title) => go(sortedBy(title)),
      onOpen: (trial) => go({ trial }),
    }),
    pages(total, Number(state.offset), go),
    tableLinks({ ...asked, table: 'trials' }, `all ${formatNumber(total)} trials of ${open}, every column`),
  );
}

function pages(total: number, offset: number, go: Go): HTMLElement | false {
  if (total <= most) return false;
  const to = (text: string, at: number) =>
    element('button', { type: 'button', 'data-focus': text, click: () => go({ offset: String(at), trial: '' }) }, text);
  return element(
    'p',
    { class: 'row' },
    offset > 0 && to('Trials before', Math.max(0, offset - most)),
    `${formatNumber(offset + 1)} to ${formatNumber(Math.min(total, offset + most))} of ${formatNumber(total)}`,
    offset + most < total && to('Trials after', offset + most),
  );
}
