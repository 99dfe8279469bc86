/** What more load does: the curve of a sweep over concurrency or requests per second. */
import { chosenCharts } from '../src/dash/chosen-charts.ts';
import type { PageLoad } from '../src/dash/page-load.ts';
import { askLoad } from './ask.ts';
import { drawCharts } from './charts.ts';
import { element } from './element.ts';
import { chartLinks } from './export-links.ts';
import { type Draft, failureDraft } from './parts.ts';
import { type Go, orderAmong, type State, sortedBy } from './state.ts';
import { table } from './table.ts';

export async function loadView(state: State, go: Go): Promise<Draft | undefined> {
  const { load, policies } = state;
  if (load === '') return undefined;
  try {
    const answer = await askLoad(load);
    const { sort, order } = orderAmong(answer.table.columns, state);
    return {
      name: 'load',
      of: [answer, policies, sort, order],
      make: () => view(answer, { ...state, sort, order }, go),
    };
  } catch (error) {
    return failureDraft('load', error);
  }
}

function view({ charts, table: shown, doubts }: PageLoad, { load, policies, sort, order }: State, go: Go): HTMLElement {
  const place = element('div', { class: 'charts' });
  const links = ({ name, chart }: (typeof charts)[number]) =>
    chartLinks({ load, chart: name, policy: policies }, chart.title, '/api/load-chart');
  // It has to be on the page to know its width.
  queueMicrotask(() => void drawCharts(place, chosenCharts(charts, policies), links));
  return element(
    'section',
    { 'aria-labelledby': 'load-title', id: 'load' },
    element('h2', { id: 'load-title' }, `What more load does: ${load}`),
    place,
    table({
      ...{ label: `Load curve of ${load}`, columns: shown.columns, sort, order },
      rows: shown.rows.map(({ texts }, i) => ({ id: String(i), texts })),
      onSort: (title) => go(sortedBy(title)),
    }),
    doubts.length > 0 && element('ul', { class: 'muted' }, ...doubts.map((text) => element('li', {}, text))),
  );
}
