/** Charts of a run. The code that draws is the report's own; it is fetched when there is something to draw. */
import type { Touch, valueAt } from '../src/charts/index.ts';
import type { NamedChart } from '../src/report/named-chart.ts';
import { element, shape } from './element.ts';

const wide = 640;

/** Place → what it is to show: an older order to draw ends where a newer one came. */
const wanted = new WeakMap<HTMLElement, readonly NamedChart[]>();

/** Lets the browser show what there is, and hear what is pressed, before more is drawn. */
const pause = () => new Promise<void>((resolve) => setTimeout(resolve, 0));

/** What a reader does to a chart: presses a policy, or draws over a stretch of its values. */
export interface Press {
  policy(name: string): void;
  range(chart: string, policy: string, least: number, most: number): void;
}

/**
 * Draws one after the other; what the place showed before stays until its successor is there.
 * @param links below a chart: files of it
 */
export async function drawCharts(
  place: HTMLElement,
  charts: readonly NamedChart[],
  links: (chart: NamedChart) => HTMLElement,
  press?: Press,
): Promise<void> {
  wanted.set(place, charts);
  if (charts.length === 0) return place.replaceChildren();
  const { drawChart, sceneMarkup, valueAt, variables } = await import('../src/charts/index.ts');
  for (const [at, one] of charts.entries()) {
    await pause();
    if (wanted.get(place) !== charts) return;
    const { name, chart } = one;
    const width = Math.max(320, Math.min(wide, place.clientWidth));
    const scene = drawChart(chart, { theme: variables, width, document });
    const svg = sceneMarkup(scene, `${chart.title}. ${chart.about}`, variables);
    const parsed = new DOMParser().parseFromString(svg, 'image/svg+xml').documentElement;
    const drawn = document.importNode(parsed, true) as unknown as SVGSVGElement;
    if (press && scene.touch) listen(drawn, name, scene.touch, press, valueAt);
    const figure = element('figure', { 'data-chart': name }, drawn, links(one));
    const before = place.children[at];
    if (before) before.replaceWith(figure);
    else place.append(figure);
  }
  while (place.children.length > charts.length) place.lastElementChild?.remove();
}

/** Pixels that a hand moves while it means to press. */
const still = 4;

/** A press opens the trials of a policy; who draws along a row takes its trials of that range. The tables do the same by keyboard. */
function listen(
  svg: SVGSVGElement,
  chart: string,
  { policies, x }: Touch,
  press: Press,
  valueIn: typeof valueAt,
): void {
  svg.classList.add(x ? 'brush' : 'press');
  const placeOf = ({ clientX, clientY }: PointerEvent) => {
    const { left, top, width } = svg.getBoundingClientRect();
    const scale = svg.viewBox.baseVal.width / width;
    return { x: (clientX - left) * scale, y: (clientY - top) * scale };
  };
  const policyAt = (at: { x: number; y: number }) => {
    const hit = policies.filter(
      ({ left, right, top, bottom }) => at.x >= left && at.x <= right && at.y >= top && at.y <= bottom,
    );
    const far = ({ left, right, top, bottom }: (typeof policies)[number]) =>
      Math.hypot(at.x - (left + right) / 2, at.y - (top + bottom) / 2);
    return hit.toSorted((a, b) => far(a) - far(b))[0];
  };
  svg.addEventListener('pointermove', (event) => {
    if (event.buttons === 0) svg.classList.toggle('is-hit', policyAt(placeOf(event)) !== undefined);
  });
  svg.addEventListener('pointerdown', (event) => {
    const start = placeOf(event);
    const row = policyAt(start);
    if (row === undefined || event.button !== 0) return;
    const mark = shape('rect', { class: 'brushed', y: row.top, height: row.bottom - row.top, width: 0 });
    const heard = new AbortController();
    const within = (pixel: number) => Math.min(row.right, Math.max(row.left, pixel));
    const isDrawn = (now: { x: number }) => x !== undefined && Math.abs(now.x - start.x) >= still;
    const on = (name: string, work: (event: PointerEvent) => void) =>
      addEventListener(name, (event) => work(event as PointerEvent), { signal: heard.signal });
    const end = () => {
      heard.abort();
      mark.remove();
    };
    on('pointermove', (event) => {
      const now = placeOf(event);
      if (!isDrawn(now)) return;
      event.preventDefault();
      if (!mark.isConnected) svg.append(mark);
      const [left, right] = [within(start.x), within(now.x)].sort((a, b) => a - b) as [number, number];
      mark.setAttribute('x', String(left));
      mark.setAttribute('width', String(right - left));
    });
    on('pointercancel', end);
    on('pointerup', (event) => {
      end();
      const now = placeOf(event);
      if (!isDrawn(now)) {
        if (policyAt(now) === row) press.policy(row.name);
        return;
      }
      const ends = [start.x, now.x].map((pixel) => valueIn(x as NonNullable<typeof x>, within(pixel)));
      press.range(chart, row.name, Math.min(...ends), Math.max(...ends));
    });
  });
}
