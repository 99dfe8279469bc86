/** What the page shows, all of it in the address: it can be sent to somebody else, and the back button works. */
export interface State {
  run: string;
  benchmark: string;
  /** Of samples. */
  family: string;
  backend: string;
  model: string;
  policies: string[];
  status: string;
  /** Policy whose trials are open; empty: none. */
  open: string;
  /** Key of the trial that is open. */
  trial: string;
  /** Number of a trial that lies between two numbers; empty: any. */
  range: string;
  least: string;
  most: string;
  /** How many trials of the table come before those that are shown. */
  offset: string;
  /** Run that this one is held against. */
  with: string;
  /** Two policies of the run, the second held against the first. */
  first: string;
  second: string;
  /** Sweep over a load that is shown beside the run. */
  load: string;
  /** Days in UTC. */
  from: string;
  to: string;
  /** A metric of the reader's own. */
  expression: string;
  unit: string;
  better: string;
  /** Column that tables are sorted by, and which way. */
  sort: string;
  order: '' | 'asc' | 'desc';
}

const single = [
  ...([
    'run',
    'benchmark',
    'family',
    'backend',
    'model',
    'status',
    'open',
    'trial',
    'with',
    'first',
    'second',
    'load',
    'from',
    'to',
  ] as const),
  ...(['range', 'least', 'most', 'offset'] as const),
  ...(['expression', 'unit', 'better', 'sort'] as const),
] as const;

export function readState(search: string): State {
  const given = new URLSearchParams(search);
  const order = given.get('order');
  return {
    ...(Object.fromEntries(single.map((name) => [name, given.get(name) ?? ''])) as Record<
      (typeof single)[number],
      string
    >),
    policies: given.getAll('policy'),
    order: order === 'asc' || order === 'desc' ? order : '',
  };
}

export function writeState(state: State): string {
  const query = new URLSearchParams();
  for (const name of single) if (state[name] !== '') query.set(name, state[name]);
  for (const policy of state.policies) query.append('policy', policy);
  if (state.order !== '') query.set('order', state.order);
  const text = query.toString();
  return text === '' ? '/' : `/?${text}`;
}

export const noRange = { range: '', least: '', most: '' };

/** What is left of an address when another run is shown: what was chosen among the names of one says nothing of another. */
export const otherRun = (run: string): Partial<State> => ({
  ...{ run, benchmark: '', family: '', backend: '', model: '', policies: [], status: '' },
  ...{ open: '', range: '', least: '', most: '', offset: '', trial: '', first: '', second: '' },
});

/** Whether a group of the report is among those that are shown. */
export const isAmong = (group: Pick<State, 'benchmark' | 'backend' | 'model'>, state: State): boolean =>
  (['benchmark', 'backend', 'model'] as const).every((name) => state[name] === '' || state[name] === group[name]);

/** A change of what is shown; a function where it follows from what is shown when it is made, not when its button was drawn. */
export type Change = Partial<State> | ((now: State) => Partial<State>);
export type Go = (change: Change) => void;

const next = { '': 'asc', asc: 'desc', desc: '' } as const;

/** The next of three orders of a column: up, down, as it was given. */
export const sortedBy =
  (title: string) =>
  ({ sort, order }: State): Partial<State> => {
    const now = next[sort === title ? order : ''];
    return { sort: now === '' ? '' : title, order: now };
  };

/** The order, where a table has its column. */
export const orderAmong = (
  columns: readonly { title: string }[],
  { sort, order }: Pick<State, 'sort' | 'order'>,
): Pick<State, 'sort' | 'order'> =>
  columns.some(({ title }) => title === sort) ? { sort, order } : { sort: '', order: '' };
