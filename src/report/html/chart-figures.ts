import { chartSvg } from '../../charts/draw-chart.ts';
import type { ChartDocument } from '../../charts/plot-shapes.ts';
import { variables } from '../../charts/theme.ts';
import type { NamedChart } from '../named-chart.ts';

/** Pixels: of the page, and of a telephone. */
const wide = 720;
const narrow = 356;

/** Each chart twice, drawn for its width: a picture made smaller would have letters that nobody can read. */
export function chartFigures(charts: readonly NamedChart[], document: ChartDocument): string {
  if (charts.length === 0) return '';
  const figures = charts.map(({ chart }) => {
    const svg = (width: number) => chartSvg(chart, { theme: variables, width, document });
    return `<figure><div class="wide">${svg(wide)}</div><div class="narrow">${svg(narrow)}</div></figure>`;
  });
  return `<div class="charts">\n${figures.join('\n')}\n</div>`;
}
