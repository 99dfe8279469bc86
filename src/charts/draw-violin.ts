import * as Plot from '@observablehq/plot';
import { type Axis, position } from './axis.ts';
import type { Distribution, ViolinChart } from './chart-types.ts';
import { densityOf } from './density.ts';
import { formatTick, formatValue } from './format-value.ts';
import { bandsOf, type DrawOptions, heading, isNarrow, placeRows, type RowPlaces, tickLabels } from './layout.ts';
import { plotShapes } from './plot-shapes.ts';
import type { Scene } from './scene.ts';
import { domainOf, ticksOf } from './ticks.ts';

/** Values fewer than these are dots: a curve would suggest more than is known. */
const fewest = 20;

/** A score has few values, such as 0 and 1: circles whose areas are shares. */
const isFew = ({ points, n }: Distribution) => points !== undefined && (points.length <= 6 || n < fewest);

/** A row a policy: the density of its values, the middle half as a bar, the median, the 95th percentile as a tick. */
export function drawViolin(chart: ViolinChart, options: DrawOptions): Scene {
  const { theme, width, document } = options;
  const head = heading(chart, options);
  const scored = chart.unit === 'score';
  // So few trials have no 95th percentile.
  const end = scored ? 'mean' : chart.rows.some(({ p95 }) => p95 === null) ? 'p50' : 'p95';
  const places = placeRows(
    chart.rows,
    head.bottom,
    {
      height: 34,
      ends: chart.rows.map((row) => formatValue(row[end] ?? row.p50, chart.unit)),
      endTitle: end === 'p50' ? 'median' : end,
    },
    options,
  );
  const ends = chart.rows.flatMap(({ least, most }) => [least, most]);
  const domain = scored ? { scale: chart.scale, low: -0.04, high: 1.04 } : domainOf(ends, chart.scale, 0.08);
  const x: Axis = { ...domain, range: [places.left, places.right] };
  const ticks = ticksOf(domain, Math.max(4, Math.floor((places.right - places.left) / 60)));
  const height = places.bottom + 24;
  const half = places.bandHeight / 2;
  const marks = [
    ...gridBands(places, isNarrow(width), head.bottom + 20).map(([y1, y2]) =>
      Plot.ruleX(ticks, { y1, y2, stroke: theme.grid }),
    ),
    ...chart.rows.flatMap((row, i) => {
      const centre = places.centres[i] as number;
      const colour = theme.family[row.family];
      return isFew(row)
        ? dots(row, centre, half, colour, scored ? row.mean : row.p50)
        : violin(row, { centre, half, colour, x, tail: scored ? row.mean : row.p95 }, chart.scale, theme);
    }),
  ];
  return {
    ...{ width, height, touch: { policies: bandsOf(chart.rows, places), x } },
    shapes: plotShapes({ document, width, height, x }, marks),
    labels: [
      ...head.labels,
      ...places.labels,
      ...tickLabels(
        ticks.map((tick) => ({ text: formatTick(tick, chart.unit), x: position(x, tick) })),
        places.bottom + 12,
        options,
      ),
    ],
  };
}

/** Lines of ticks do not cross names that stand above their rows. */
const gridBands = ({ centres, bandHeight, bottom }: RowPlaces, narrow: boolean, top: number) =>
  narrow
    ? centres.map((centre) => [centre - bandHeight / 2, centre + bandHeight / 2] as const)
    : [[top, bottom] as const];

interface Place {
  centre: number;
  half: number;
  colour: string;
  x: Axis;
  /** Null where there is no tick. */
  tail: number | null;
}

function violin(
  row: Distribution,
  { centre, half, colour, x, tail }: Place,
  scale: 'log' | 'linear',
  theme: DrawOptions['theme'],
) {
  const curve = densityOf(row, scale).filter(({ value }) => value >= x.low && value <= x.high);
  const at = (height: number) => centre + height * half;
  const background = theme.background === 'none' ? 'var(--chart-background)' : theme.background;
  return [
    Plot.areaY(curve, {
      ...{ x: 'value', y1: (d: { height: number }) => at(-d.height), y2: (d: { height: number }) => at(d.height) },
      ...{ fill: colour, fillOpacity: 0.28, stroke: colour, strokeWidth: 1.25 },
    }),
    Plot.link([row], {
      x1: row.p25,
      x2: row.p75,
      y1: centre,
      y2: centre,
      stroke: colour,
      strokeWidth: 5,
      strokeLinecap: 'round',
    }),
    ...(tail === null
      ? []
      : [
          Plot.link([row], {
            x1: tail,
            x2: tail,
            y1: centre - 9,
            y2: centre + 9,
            stroke: theme.text,
            strokeWidth: 1.5,
          }),
        ]),
    Plot.dot([row], { x: row.p50, y: centre, r: 3.5, fill: background, stroke: colour, strokeWidth: 1.75 }),
  ];
}

/** Areas are shares; the largest fills the band. */
function dots({ points = [], n }: Distribution, centre: number, half: number, colour: string, middle: number) {
  const most = n < fewest && points.length > 6 ? 4 : half - 2;
  return [
    Plot.dot(points, {
      ...{ x: (d: readonly [number, number]) => d[0], y: centre, fill: colour, fillOpacity: 0.35, stroke: colour },
      ...{ r: (d: readonly [number, number]) => (most <= 4 ? 4 : Math.max(1.5, most * Math.sqrt(d[1] / n))) },
    }),
    Plot.link([0], { x1: middle, x2: middle, y1: centre - 9, y2: centre + 9, stroke: colour, strokeWidth: 2 }),
  ];
}
