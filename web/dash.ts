/** The dashboard: the address says what to show, the server says what there is. */
import { chosenCharts } from '../src/dash/chosen-charts.ts';
import type { PageGroup, PageRun } from '../src/dash/page-run.ts';
import type { NamedChart } from '../src/report/named-chart.ts';
import { askPage, askRuns, askTrial, forgetAnswers, type Runs } from './ask.ts';
import { drawCharts, type Press } from './charts.ts';
import { compareChoice, comparisons } from './compare.ts';
import { element } from './element.ts';
import { chartLinks, copyLink, groupLinks } from './export-links.ts';
import { filters } from './filters.ts';
import { loadView } from './load.ts';
import { metricView } from './metric.ts';
import { metricForm } from './metric-form.ts';
import { createParts, type Draft } from './parts.ts';
import { released } from './pointer.ts';
import { startForm } from './start-form.ts';
import { type Change, isAmong, orderAmong, readState, type State, sortedBy, writeState } from './state.ts';
import { table } from './table.ts';
import { startTheme } from './theme.ts';
import { trialView } from './trial.ts';
import { rangeOf } from './trial-range.ts';
import { trialsView } from './trials.ts';

const main = document.querySelector('main') as HTMLElement;
const line = document.querySelector('#state') as HTMLElement;
const { part, arrange } = createParts();

let state: State = readState(location.search);
let runs: Runs = { runs: [], loads: [], looked_in: [] };
let page: PageRun | undefined;
let source: EventSource | undefined;
/** Counts what was begun: an answer that comes after a newer question is dropped. */
let asked = 0;
/** Heading that the reader is led to once it is there. */
let lead: 'trials-title' | 'trial-title' | undefined;

function go(change: Change): void {
  const made = typeof change === 'function' ? change(state) : change;
  lead = made.trial ? 'trial-title' : made.open ? 'trials-title' : undefined;
  // Another table of trials begins at its beginning.
  const isSameTable = 'offset' in made || Object.keys(made).every((name) => name === 'trial');
  state = { ...state, ...(isSameTable ? {} : { offset: '' }), ...made };
  history.pushState(null, '', writeState(state));
  void show();
}

/** The run of the address, else the newest. */
const runName = () =>
  state.run || (runs.runs.toSorted((a, b) => b.started_at.localeCompare(a.started_at))[0]?.name ?? '');

/** @param again the run may have changed */
async function show(again = false): Promise<void> {
  const mine = ++asked;
  if (again) forgetAnswers();
  try {
    if (again || !runs.runs.some(({ name }) => name === state.run)) {
      const listed = await askRuns();
      if (mine !== asked) return;
      runs = listed;
    }
    const name = runName();
    if (name === '') return firstUse();
    if (page?.run !== name || page.family !== state.family) line.textContent = `reading ${name} …`;
    const read = await askPage(name, state.family);
    if (mine !== asked) return;
    if (page?.run !== name || !source) follow(name, read.revision);
    page = read;
    const details = await detailsOf(read);
    // What is pressed right now becomes a click first, and that may ask for something else.
    await released();
    if (mine === asked) render(read, details);
  } catch (error) {
    if (mine === asked) fail(error, again);
  }
}

/** Sections that are asked for by themselves: all at once. */
async function detailsOf(read: PageRun): Promise<Draft[]> {
  const all = await Promise.all([
    loadView(state, go),
    ...comparisons(read.run, state, go),
    metricView(read, state, go),
    state.open === '' ? undefined : trialsView(read, state, go),
    state.trial === '' ? undefined : trialOf(read.run),
  ]);
  return all.filter((one): one is Draft => one !== undefined);
}

async function trialOf(run: string): Promise<Draft> {
  const answer = await askTrial(run, state.trial);
  return { name: 'trial', of: [answer], make: () => trialView(answer, () => go({ trial: '' })) };
}

/** @param revision of the run as the page shows it: what changed since is told at once */
function follow(name: string, revision: string): void {
  source?.close();
  source = new EventSource(`/events?${new URLSearchParams({ run: name, revision })}`);
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

let form: { run: string; made: ReturnType<typeof metricForm> } | undefined;
function formOf(run: string): HTMLElement {
  if (form?.run !== run) form = { run, made: metricForm(run, state, go) };
  return form.made.element;
}
let start: HTMLElement | undefined;
const starting = () => {
  start ??= startForm(go);
  return start;
};
const copying = copyLink(() => writeState({ ...state, run: page?.run ?? state.run }));

function render(read: PageRun, details: readonly Draft[]): void {
  const groups = read.groups.filter((group) => isAmong(group, state));
  line.textContent = stateOf(read);
  document.title = `${read.run} – ttcbench dashboard`;
  const { benchmark, family, backend, model, policies, status, from, to, load } = state;
  const { benchmarks, families, backends, models, statuses } = read;
  const named = JSON.stringify([read.run, read.policies, benchmarks, families, backends, models, statuses]);
  const where = [benchmark, backend, model];
  arrange(main, [
    part('filters', [named, runs, ...where, family, policies, status, from, to, load], () =>
      filters({ runs: runs.runs, loads: runs.loads, page: read, state }, go),
    ),
    part('compare', [named, runs, state.with, state.first, state.second], () => compareChoice(read, runs, state, go)),
    formOf(read.run),
    starting(),
    copying,
    ...notices(read),
    ...(read.isComplete && read.family === '' ? [part('decisions', [read, ...where], () => decisions(groups))] : []),
    ...details.map(({ name, of, make }) => part(name, of, make)),
    ...(groups.length > 1 && groups.length === read.groups.length ? [charts(read, read.overall)] : []),
    ...groups.flatMap((group) => [
      part(`title ${group.title}`, [], () => element('h2', {}, group.title)),
      ...tables(read, group),
      ...group.notes.map((text) => part(`note ${text}`, [], () => element('p', { class: 'muted' }, text))),
      charts(read, group.charts, group),
    ]),
    ...warnings(read),
  ]);
  if (lead === undefined) return;
  const title = document.getElementById(lead);
  lead = undefined;
  title?.focus({ preventScroll: true });
  title?.scrollIntoView({ block: 'start' });
}

/** A place for each group: what is in it is drawn anew where it changed, and stays until then. */
const chartPlaces = new Map<string, HTMLElement>();

/** What is pressed on a chart of a group is about its trials. */
const pressOn = (group: PageGroup): Press => ({
  policy: (open) => go({ ...whereOf(group), open, trial: '' }),
  range: (chart, open, least, most) => go({ ...whereOf(group), open, trial: '', ...rangeOf(chart, least, most) }),
});

/** Trials of one group only, where the run has several. */
const whereOf = ({ benchmark, backend, model }: PageGroup): Partial<State> => ({
  ...((page?.benchmarks.length ?? 0) > 1 && { benchmark }),
  ...((page?.backends.length ?? 0) > 1 && { backend }),
  ...((page?.models.length ?? 0) > 1 && { model }),
});

function charts(read: PageRun, list: PageRun['overall'], group?: PageGroup): HTMLElement {
  const name = `charts ${read.run} ${group?.title ?? ''}`;
  const place = chartPlaces.get(name) ?? element('div', { class: 'charts' });
  chartPlaces.set(name, place);
  const { family, policies } = state;
  const number = group ? String(read.groups.indexOf(group)) : '';
  return part(name, [list, policies], () => {
    const links = ({ name, chart }: NamedChart) =>
      chartLinks({ run: read.run, chart: name, group: number, family, policy: policies }, chart.title);
    // It has to be on the page to know its width.
    queueMicrotask(() => void drawCharts(place, chosenCharts(list, policies), links, group && pressOn(group)));
    return place;
  });
}

const stateOf = ({ run, family, isComplete, played, planned }: PageRun) => {
  const trials = family === '' ? `${played} of ${planned} trials` : `${played} trials of the family ${family}`;
  return `${run}: ${trials} · ${isComplete ? 'complete' : 'not complete, the page follows it'}`;
};

function notices({ family, isComplete, played, planned }: PageRun): HTMLElement[] {
  const count = family === '' ? ` (${played} of ${planned} trials)` : '';
  const live = `This run is not complete${count}, so no verdict is shown: who judges while trials still come in finds differences that are not there.`;
  const ofFamily = `Only samples of the family ${family}. Its verdicts are for a first look: who looks at many families finds one that differs by chance. The decision is one of the whole run, and so are comparisons.`;
  const texts = [...(isComplete ? [] : [live]), ...(family === '' ? [] : [ofFamily])];
  return texts.map((text) => part(`notice ${text}`, [], () => element('p', { class: 'notice' }, text)));
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
  const { benchmark, backend, model } = group;
  const about = { run, group: groups.indexOf(group), benchmark, backend, model };
  return group.tables.flatMap((shown) => {
    const { name, label, columns, rows } = shown;
    const { family, policies, open } = state;
    const { sort, order } = orderAmong(columns, state);
    return [
      part(`table ${group.title} ${label}`, [run, shown, policies, open, sort, order], () =>
        table({
          ...{ label, columns, sort, order, opened: open, arePolicies: true },
          rows: rows
            .filter(({ policy }) => isChosen(policy))
            .map(({ policy, texts }) => ({ id: policy, texts, name: `${policy}: show its trials` })),
          onSort: (title) => go(sortedBy(title)),
          onOpen: (open) => go({ open, trial: '' }),
        }),
      ),
      part(`links ${group.title} ${label}`, [run, about.group, family, policies, sort, order], () =>
        groupLinks({ family, policies, sort, order }, { ...about, table: name }, label),
      ),
    ];
  });
}

const warnings = ({ warnings }: PageRun) =>
  warnings.length === 0
    ? []
    : [
        part('warnings', [warnings.join('\n')], () =>
          element(
            'section',
            {},
            element('h2', {}, 'What to know about this run'),
            element('ul', {}, ...warnings.map((text) => element('li', {}, text))),
          ),
        ),
      ];

let lookAgain: ReturnType<typeof setTimeout> | undefined;

function firstUse(): void {
  line.textContent = 'no run yet';
  const looked = runs.looked_in.join(', ');
  arrange(main, [
    part('first use', [looked], () =>
      element(
        'section',
        {},
        element('h2', {}, 'There is no run here yet'),
        element('p', {}, 'Play every policy on a small model that comes with the package; it takes minutes:'),
        element('pre', { tabindex: 0, 'aria-label': 'Command' }, 'npx ttcbench demo'),
        element('p', { class: 'muted' }, `Looked in: ${looked}. The page looks again every few seconds.`),
      ),
    ),
    starting(),
  ]);
  clearTimeout(lookAgain);
  lookAgain = setTimeout(() => void show(true), 5000);
}

/** @param isUnasked nobody waits for an answer: what is shown stays */
function fail(error: unknown, isUnasked: boolean): void {
  const said = error instanceof Error ? error.message : String(error);
  if (isUnasked && page !== undefined && page.run === runName()) {
    line.textContent = `${page.run}: could not be read again. ${said}`;
    return;
  }
  line.textContent = 'not shown';
  arrange(main, [
    part('failure', [said], () =>
      element(
        'section',
        {},
        element('p', { class: 'notice', role: 'alert' }, said),
        element('p', {}, element('a', { href: '/' }, 'Show the newest run')),
      ),
    ),
  ]);
}

window.addEventListener('popstate', () => {
  state = readState(location.search);
  form?.made.follow(state);
  void show();
});
startTheme();
void show(true);
