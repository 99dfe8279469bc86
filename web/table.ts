/** Tables whose columns sort: by click, and by keyboard, as their heads are buttons. */
import { policyFamily } from '../src/charts/policy-family.ts';
import { sortRows } from '../src/dash/sort-rows.ts';
import { element } from './element.ts';

export interface TableGiven {
  label: string;
  columns: readonly { title: string; about?: string; align: 'left' | 'right' }[];
  /** `id` says which row it is. */
  rows: readonly { id: string; texts: readonly string[]; name?: string }[];
  sort: string;
  order: '' | 'asc' | 'desc';
  onSort(title: string): void;
  /** Where there is one, the first cell of a row is a button. */
  onOpen?(id: string): void;
  opened?: string;
  /** Whether the first column names policies. */
  arePolicies?: boolean;
  isTall?: boolean;
  /** The server has sorted the rows. */
  isSorted?: boolean;
}

export function table(given: TableGiven): HTMLElement {
  const { label, columns, rows, sort, order } = given;
  const at = columns.findIndex(({ title }) => title === sort);
  const heads = columns.map(({ title, about, align }, i) => {
    const now = i === at ? order : '';
    return element(
      'th',
      {
        ...{ scope: 'col', class: align === 'right' && 'right', title: about },
        'aria-sort': now === '' ? undefined : now === 'asc' ? 'ascending' : 'descending',
      },
      element(
        'button',
        { type: 'button', 'data-focus': `${label} ${title}`, click: () => given.onSort(title) },
        title,
        now !== '' && element('span', { 'aria-hidden': 'true' }, now === 'asc' ? ' ↑' : ' ↓'),
      ),
    );
  });
  const body = (given.isSorted ? rows : sortRows(rows, at, order)).map((row) =>
    element(
      'tr',
      { 'aria-current': row.id === given.opened && 'true' },
      ...row.texts.map((text, i) => cell(given, row, text, i)),
    ),
  );
  return element(
    'div',
    { class: given.isTall ? 'scroll tall' : 'scroll', tabindex: 0, role: 'region', 'aria-label': label },
    element('table', {}, element('thead', {}, element('tr', {}, ...heads)), element('tbody', {}, ...body)),
  );
}

function cell(given: TableGiven, row: TableGiven['rows'][number], text: string, at: number): HTMLElement {
  if (at === 0) {
    const family =
      given.arePolicies && element('span', { class: `dot dot-${policyFamily(text)}`, 'aria-hidden': 'true' });
    const { onOpen } = given;
    const name = onOpen
      ? element(
          'button',
          {
            ...{ type: 'button', class: 'name', 'data-focus': `${given.label} ${row.id}`, 'aria-label': row.name },
            click: () => onOpen(row.id),
          },
          text,
        )
      : text;
    return element('th', { scope: 'row' }, family, name);
  }
  const isRight = given.columns[at]?.align === 'right';
  return element('td', { class: isRight ? 'right' : text.length > 24 && 'long' }, ...verdict(text));
}

function verdict(text: string): (string | HTMLElement)[] {
  const [, before, word] = /^(.* )(better|worse)$/.exec(text) ?? [];
  if (before === undefined || word === undefined) return [text];
  return [before, element('span', { class: word === 'better' ? 'good' : 'bad' }, word)];
}
