/** What more load does: the curve of a sweep over concurrency or requests per second. */
import { chosenCharts } from '../src/dash/chosen-charts.ts';
import { askLoad } from './ask.ts';
import { drawCharts } from './charts.ts';
import { element } from './element.ts';
import { chartLinks } from './export-links.ts';
import type { State } from './state.ts';
import { table } from './table.ts';

export async function loadView(state: State, go: (change: Partial<State>) => void): Promise<HTMLElement | undefined> {
  const { load, policies } = state;
  if (load === '') return undefined;
  try {
    const { charts, table: shown, doubts } = await askLoad(load);
    const place = element('div', { class: 'charts' });
    const links = ({ name, chart }: (typeof charts)[number]) =>
      chartLinks({ load, chart: name, policy: policies }, chart.title, '/api/load-chart');
    // It has to be on the page to know its width.
    requestAnimationFrame(() => void drawCharts(place, chosenCharts(charts, policies), links));
    return element(
      'section',
      { 'aria-labelledby': 'load-title', id: 'load' },
      element('h2', { id: 'load-title' }, `What more load does: ${load}`),
      place,
      table({
        ...{ label: `Load curve of ${load}`, columns: shown.columns, sort: state.sort, order: state.order },
        rows: shown.rows.map(({ texts }, i) => ({ id: String(i), texts })),
        onSort: (sort, order) => go({ sort: order === '' ? '' : sort, order }),
      }),
      doubts.length > 0 && element('ul', { class: 'muted' }, ...doubts.map((text) => element('li', {}, text))),
    );
  } catch (error) {
    return element('p', { class: 'notice', role: 'alert' }, error instanceof Error ? error.message : String(error));
  }
}
