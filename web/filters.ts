/** What is shown: run, benchmark, policies, and of the trials which status. */
import type { PageRun } from '../src/dash/page-run.ts';
import type { Runs } from './ask.ts';
import { element } from './element.ts';
import { type Go, otherRun, type State } from './state.ts';

interface Given {
  runs: Runs['runs'];
  loads: Runs['loads'];
  page: PageRun;
  state: State;
}

export const select = (
  name: string,
  options: readonly [value: string, text: string][],
  now: string,
  pick: (value: string) => void,
) =>
  element(
    'label',
    { class: 'field' },
    name,
    element(
      'select',
      { 'data-focus': name, change: (event) => pick((event.target as HTMLSelectElement).value) },
      ...options.map(([value, text]) => element('option', { value, selected: value === now }, text)),
    ),
  );

/** Runs and trials that began on a day of these, in UTC; without a day: all. */
const isWithin = (started_at: string, { from, to }: State) =>
  (from === '' || started_at.slice(0, 10) >= from) && (to === '' || started_at.slice(0, 10) <= to);

const day = (name: string, value: string, pick: (value: string) => void) =>
  element(
    'label',
    { class: 'field' },
    name,
    element('input', {
      ...{ type: 'date', value, 'data-focus': name, title: 'Runs and trials that began in these days, in UTC' },
      change: (event) => pick((event.target as HTMLInputElement).value),
    }),
  );

export function filters({ runs, loads, page, state }: Given, go: Go): HTMLElement {
  const chips = page.policies.map((policy) =>
    element(
      'label',
      { class: 'chip' },
      element('input', {
        ...{ type: 'checkbox', checked: state.policies.includes(policy), 'data-focus': `policy ${policy}` },
        change: (event) => {
          const { checked } = event.target as HTMLInputElement;
          go(({ policies }) => {
            const others = policies.filter((one) => one !== policy);
            return { policies: checked ? [...others, policy] : others };
          });
        },
      }),
      policy,
    ),
  );
  /** Where there is something to choose, or something was chosen. */
  const among = (
    name: string,
    values: readonly string[],
    field: 'benchmark' | 'family' | 'backend' | 'model' | 'status',
  ) => {
    const all = [...new Set([...values, ...(state[field] === '' ? [] : [state[field]])])];
    const options = all.map((value): [string, string] => [value, value]);
    return (
      (values.length > 1 || state[field] !== '') &&
      select(name, [['', 'all'], ...options], state[field], (value) => go({ [field]: value, trial: '' }))
    );
  };
  return element(
    'form',
    { class: 'filters', 'aria-label': 'Filters', submit: (event) => event.preventDefault() },
    select(
      'Run',
      runs
        .filter(({ name, started_at }) => name === page.run || isWithin(started_at, state))
        .map(({ name, status }) => [name, `${name} (${status})`]),
      page.run,
      (run) => go(otherRun(run)),
    ),
    among('Benchmark', page.benchmarks, 'benchmark'),
    among('Family of samples', page.families, 'family'),
    among('Backend', page.backends, 'backend'),
    among('Model', page.models, 'model'),
    day('From', state.from, (from) => go({ from })),
    day('To', state.to, (to) => go({ to })),
    loads.length > 0 &&
      select('Load sweep', [['', 'none'], ...loads.map((name): [string, string] => [name, name])], state.load, (load) =>
        go({ load }),
      ),
    among('Status of trials', page.statuses, 'status'),
    element('fieldset', {}, element('legend', {}, 'Policies (none checked: all)'), ...chips),
  );
}
