/** Charts of a run. The code that draws is the report's own; it is fetched when there is something to draw. */
import type { NamedChart } from '../src/report/named-chart.ts';
import { element } from './element.ts';

const wide = 640;

/** Place → what it is to show: an older order to draw ends where a newer one came. */
const wanted = new WeakMap<HTMLElement, readonly NamedChart[]>();

/** Lets the browser show what there is, and hear what is pressed, before more is drawn. */
const pause = () => new Promise<void>((resolve) => setTimeout(resolve, 0));

/**
 * Draws one after the other; what the place showed before stays until its successor is there.
 * @param links below a chart: files of it
 */
export async function drawCharts(
  place: HTMLElement,
  charts: readonly NamedChart[],
  links: (chart: NamedChart) => HTMLElement,
): Promise<void> {
  wanted.set(place, charts);
  if (charts.length === 0) return place.replaceChildren();
  const { chartSvg, variables } = await import('../src/charts/index.ts');
  for (const [at, one] of charts.entries()) {
    await pause();
    if (wanted.get(place) !== charts) return;
    const { name, chart } = one;
    const width = Math.max(320, Math.min(wide, place.clientWidth));
    const svg = chartSvg(chart, { theme: variables, width, document });
    const drawn = new DOMParser().parseFromString(svg, 'image/svg+xml').documentElement;
    const figure = element('figure', { 'data-chart': name }, document.importNode(drawn, true), links(one));
    const before = place.children[at];
    if (before) before.replaceWith(figure);
    else place.append(figure);
  }
  while (place.children.length > charts.length) place.lastElementChild?.remove();
}
