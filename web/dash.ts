/** The dashboard: the address says what to show, the server says what there is. */
import { chosenCharts } from '../src/dash/chosen-charts.ts';
import type { PageGroup, PageRun } from '../src/dash/page-run.ts';
import type { NamedChart } from '../src/report/named-chart.ts';
import { askPage, askRuns, askTrial, type Runs } from './ask.ts';
import { drawCharts } from './charts.ts';
import { compareChoice, comparisons } from './compare.ts';
import { element } from './element.ts';
import { chartLinks, copyLink, groupLinks } from './export-links.ts';
import { filters } from './filters.ts';
import { loadView } from './load.ts';
import { metricView } from './metric.ts';
import { metricForm } from './metric-form.ts';
import { startForm } from './start-form.ts';
import { readState, type State, writeState } from './state.ts';
import { table } from './table.ts';
import { startTheme } from './theme.ts';
import { trialView } from './trial.ts';
import { trialsView } from './trials.ts';

const main = document.querySelector('main') as HTMLElement;
const line = document.querySelector('#state') as HTMLElement;

let state: State = readState(location.search);
let runs: Runs = { runs: [], loads: [], looked_in: [] };
let page: PageRun | undefined;
let source: EventSource | undefined;
/** Counts what was begun: an answer that comes after a newer question is dropped. */
let asked = 0;
/** Heading that the reader is led to once it is there. */
let lead: 'trials-title' | 'trial-title' | undefined;

function go(change: Partial<State>): void {
  lead = change.trial ? 'trial-title' : change.open ? 'trials-title' : undefined;
  state = { ...state, ...change };
  history.pushState(null, '', writeState(state));
  void show();
}

/** The run of the address, else the newest. */
const runName = () =>
  state.run || (runs.runs.toSorted((a, b) => b.started_at.localeCompare(a.started_at))[0]?.name ?? '');

async function show(again = false): Promise<void> {
  const mine = ++asked;
  try {
    if (again || !runs.runs.some(({ name }) => name === state.run)) runs = await askRuns();
    const name = runName();
    if (name === '') return firstUse();
    const isOther = page?.run !== name;
    if (again || isOther) {
      if (isOther) line.textContent = `reading ${name} …`;
      const read = await askPage(name);
      if (mine !== asked) return;
      page = read;
    }
    if (isOther || !source) follow(name);
    const details = await parts(page as PageRun);
    if (mine === asked) render(page as PageRun, details);
  } catch (error) {
    if (mine === asked) fail(error);
  }
}

async function parts(read: PageRun): Promise<HTMLElement[]> {
  const compared = await comparisons(read.run, state, go);
  const trials = state.open === '' ? undefined : await trialsView(read, state, go);
  const trial =
    state.trial === '' ? undefined : trialView(await askTrial(read.run, state.trial), () => go({ trial: '' }));
  const metric = await metricView(read, state, go);
  const load = await loadView(state, go);
  return [load, ...compared, metric, trials, trial].filter((one): one is HTMLElement => one !== undefined);
}

function follow(name: string): void {
  source?.close();
  source = new EventSource(`/events?${new URLSearchParams({ run: name })}`);
  let isWaiting = false;
  // A run may write hundreds of trials a second; a reader reads no more than one page a second.
  source.addEventListener('rows', () => {
    if (isWaiting) return;
    isWaiting = true;
    setTimeout(() => {
      isWaiting = false;
      if (!document.hidden) void show(true);
    }, 1000);
  });
}
document.addEventListener('visibilitychange', () => {
  if (!document.hidden && page && !page.isComplete) void show(true);
});

let form: { run: string; element: HTMLElement } | undefined;
function formOf(run: string): HTMLElement {
  if (form?.run !== run) form = { run, element: metricForm(run, state, go) };
  return form.element;
}
let start: HTMLElement | undefined;
const starting = () => {
  start ??= startForm(go);
  return start;
};

function render(read: PageRun, details: readonly HTMLElement[]): void {
  const groups = read.groups.filter(({ benchmark }) => state.benchmark === '' || benchmark === state.benchmark);
  line.textContent = `${read.run}: ${read.played} of ${read.planned} trials · ${read.isComplete ? 'complete' : 'not complete, the page follows it'}`;
  document.title = `${read.run} – ttcbench dashboard`;
  const focus = document.activeElement?.getAttribute('data-focus');
  const scroll = window.scrollY;
  const opened = new Set([...main.querySelectorAll('details[open] > summary')].map((one) => one.textContent));
  const charts: [HTMLElement, PageRun['overall'], string][] = [];
  const room = (list: PageRun['overall'], group = '') => {
    const place = element('div', { class: 'charts' });
    charts.push([place, list, group]);
    return place;
  };
  main.replaceChildren(
    filters({ runs: runs.runs, loads: runs.loads, page: read, state }, go),
    compareChoice(read, runs, state, go),
    formOf(read.run),
    starting(),
    copyLink(() => writeState({ ...state, run: read.run })),
    ...notices(read),
    ...(read.isComplete ? [decisions(groups)] : []),
    ...details,
    ...(groups.length > 1 && state.benchmark === '' ? [room(read.overall)] : []),
    ...groups.flatMap((group) => [
      element('h2', {}, group.title),
      ...tables(read, group),
      ...group.notes.map((text) => element('p', { class: 'muted' }, text)),
      room(group.charts, String(read.groups.indexOf(group))),
    ]),
    ...warnings(read),
  );
  for (const summary of main.querySelectorAll('summary'))
    if (opened.has(summary.textContent)) summary.parentElement?.setAttribute('open', '');
  for (const [place, list, group] of charts) {
    const links = ({ name, chart }: NamedChart) =>
      chartLinks({ run: read.run, chart: name, group, policy: state.policies }, chart.title);
    void drawCharts(place, chosenCharts(list, state.policies), links);
  }
  if (focus)
    [...main.querySelectorAll<HTMLElement>('[data-focus]')].find((one) => one.dataset.focus === focus)?.focus();
  window.scrollTo(0, scroll);
  if (lead === undefined) return;
  const title = document.getElementById(lead);
  lead = undefined;
  title?.focus({ preventScroll: true });
  title?.scrollIntoView({ block: 'start' });
}

function notices({ isComplete, played, planned }: PageRun): HTMLElement[] {
  if (isComplete) return [];
  const text = `This run is not complete (${played} of ${planned} trials), so no verdict is shown: who judges while trials still come in finds differences that are not there.`;
  return [element('p', { class: 'notice' }, text)];
}

function decisions(groups: readonly PageGroup[]): HTMLElement {
  const blocks = groups
    .filter((group) => group.decisions.length > 0)
    .flatMap((group) => [
      groups.length > 1 && element('h3', {}, group.title),
      element('ul', {}, ...group.decisions.map((text) => element('li', {}, text))),
    ]);
  const none = element('p', {}, 'The report of this run decides nothing.');
  return element(
    'section',
    { class: 'decision', 'aria-labelledby': 'decision' },
    element('h2', { id: 'decision' }, 'Decision'),
    ...(blocks.length > 0 ? blocks : [none]),
  );
}

function tables({ run, groups }: PageRun, group: PageGroup): HTMLElement[] {
  const isChosen = (policy: string) => state.policies.length === 0 || state.policies.includes(policy);
  const about = { run, group: groups.indexOf(group), benchmark: group.benchmark };
  return group.tables.flatMap(({ name, label, columns, rows }) => [
    table({
      ...{ label, columns, sort: state.sort, order: state.order, opened: state.open, arePolicies: true },
      rows: rows
        .filter(({ policy }) => isChosen(policy))
        .map(({ policy, texts }) => ({ id: policy, texts, name: `${policy}: show its trials` })),
      onSort: (sort, order) => go({ sort: order === '' ? '' : sort, order }),
      onOpen: (open) => go({ open, trial: '' }),
    }),
    groupLinks(state, { ...about, table: name }, label),
  ]);
}

const warnings = ({ warnings }: PageRun) =>
  warnings.length === 0
    ? []
    : [
        element('h2', {}, 'What to know about this run'),
        element('ul', {}, ...warnings.map((text) => element('li', {}, text))),
      ];

function firstUse(): void {
  line.textContent = 'no run yet';
  main.replaceChildren(
    element('h2', {}, 'There is no run here yet'),
    element('p', {}, 'Play every policy on a small model that comes with the package; it takes minutes:'),
    element('pre', { tabindex: 0, 'aria-label': 'Command' }, 'npx ttcbench demo'),
    element(
      'p',
      { class: 'muted' },
      `Looked in: ${runs.looked_in.join(', ')}. The page looks again every few seconds.`,
    ),
    starting(),
  );
  setTimeout(() => void show(true), 5000);
}

function fail(error: unknown): void {
  line.textContent = 'not shown';
  main.replaceChildren(
    element('p', { class: 'notice', role: 'alert' }, error instanceof Error ? error.message : String(error)),
    element('p', {}, element('a', { href: '/' }, 'Show the newest run')),
  );
}

window.addEventListener('popstate', () => {
  state = readState(location.search);
  void show();
});
startTheme();
void show(true);
