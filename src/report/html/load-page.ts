/** A load curve as a page: the chart and its table. */
import type { ChartDocument } from '../../charts/plot-shapes.ts';
import { loadCharts } from '../load-chart.ts';
import type { LoadCurve } from '../load-curve.ts';
import { loadTable } from '../render-load-curve.ts';
import { chartFigures } from './chart-figures.ts';
import { htmlTable } from './html-table.ts';
import { list, paragraphs, renderPage } from './render-html.ts';

export function loadPage(curve: LoadCurve, document: ChartDocument): string {
  const { head, align, rows, doubts } = loadTable(curve);
  const policies = head.indexOf('policy');
  return renderPage({
    title: 'What more load does',
    parts: [
      paragraphs([
        `Each level of ${curve.param} was played as a run of its own, one after the other. Times are in milliseconds.`,
      ]),
      chartFigures(loadCharts(curve), document),
      htmlTable({ label: 'Levels of load', head, align, rows, sortable: true, ...(policies >= 0 && { policies }) }),
      list(doubts),
    ],
  });
}
