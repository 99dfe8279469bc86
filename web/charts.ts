/** Charts of a run. The code that draws is the report's own; it is fetched when there is something to draw. */
import type { NamedChart } from '../src/report/named-chart.ts';
import { element } from './element.ts';

const wide = 640;

/** @param links below a chart: files of it */
export async function drawCharts(
  place: HTMLElement,
  charts: readonly NamedChart[],
  links: (chart: NamedChart) => HTMLElement,
): Promise<void> {
  if (charts.length === 0) return place.replaceChildren();
  const { chartSvg, variables } = await import('../src/charts/index.ts');
  const width = Math.max(320, Math.min(wide, place.clientWidth));
  const figures = charts.map((one) => {
    const { name, chart } = one;
    const svg = chartSvg(chart, { theme: variables, width, document });
    const drawn = new DOMParser().parseFromString(svg, 'image/svg+xml').documentElement;
    return element('figure', { 'data-chart': name }, document.importNode(drawn, true), links(one));
  });
  place.replaceChildren(...figures);
}
