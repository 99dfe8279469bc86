/** Two runs, or two policies of the run, side by side. */
import type { PageComparison } from '../src/dash/compare-page.ts';
import type { PageRun } from '../src/dash/page-run.ts';
import { askComparison, type Runs } from './ask.ts';
import { element } from './element.ts';
import { tableLinks } from './export-links.ts';
import { select } from './filters.ts';
import { type Draft, failureDraft } from './parts.ts';
import { type Go, orderAmong, type State, sortedBy } from './state.ts';
import { table } from './table.ts';

/** What is asked of the server; nothing where nothing is to be compared. */
function askedOf(state: State, run: string): Record<string, string | string[]>[] {
  const { first, second } = state;
  return [
    ...(state.with === '' || state.with === run ? [] : [{ run: state.with, with: run, policy: state.policies }]),
    ...(first === '' || second === '' || first === second ? [] : [{ run, policy: [first, second] }]),
  ];
}

export function compareChoice({ policies, run }: PageRun, { runs }: Runs, state: State, go: Go): HTMLElement {
  const one = (name: string): [string, string] => [name, name];
  const list: [string, string][] = [['', 'none'], ...policies.map(one)];
  const others = runs.map(({ name }) => name).filter((name) => name !== run);
  return element(
    'details',
    { class: 'choice', open: state.with !== '' || state.first !== '' || state.second !== '' },
    element('summary', {}, 'Compare'),
    element(
      'form',
      { class: 'filters', 'aria-label': 'Compare', submit: (event) => event.preventDefault() },
      others.length > 0 &&
        select('This run against', [['', 'none'], ...others.map(one)], state.with, (value) => go({ with: value })),
      select('Policy', list, state.second, (second) => go({ second })),
      select('against policy', list, state.first, (first) => go({ first })),
    ),
  );
}

export const comparisons = (run: string, state: State, go: Go): Promise<Draft>[] =>
  askedOf(state, run).map((asked) => comparison(asked, state, go));

/** What cannot be compared says so in its place: the rest of the page stays. */
async function comparison(asked: Record<string, string | string[]>, state: State, go: Go): Promise<Draft> {
  const name = `compared ${JSON.stringify(asked)}`;
  try {
    const answer = await askComparison(asked);
    const { sort, order } = orderAmong(answer.columns, state);
    return { name, of: [answer, sort, order], make: () => view(answer, asked, { ...state, sort, order }, go) };
  } catch (error) {
    return failureDraft(name, error);
  }
}

function view(
  { title, loud, columns, rows, note }: PageComparison,
  asked: Record<string, string | string[]>,
  { sort, order }: State,
  go: Go,
): HTMLElement {
  return element(
    'section',
    { 'aria-label': title },
    element('h2', {}, title),
    loud.length > 0 && element('ul', { class: 'notice' }, ...loud.map((text) => element('li', {}, text))),
    rows.length === 0
      ? element('p', {}, 'They have no cell in common.')
      : table({
          ...{ label: title, columns, sort, order, arePolicies: true },
          rows: rows.map(({ texts }, i) => ({ id: String(i), texts })),
          onSort: (title) => go(sortedBy(title)),
        }),
    rows.length > 0 && tableLinks({ ...asked, table: 'compared' }, title),
    element('p', { class: 'muted' }, note),
  );
}
