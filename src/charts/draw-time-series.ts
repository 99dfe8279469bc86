import * as Plot from '@observablehq/plot';
import { formatNumber } from '../core/format-number.ts';
import { type Axis, position } from './axis.ts';
import type { TimePoint, TimeSeriesChart } from './chart-types.ts';
import { formatValue } from './format-value.ts';
import { bandsOf, type DrawOptions, heading, placeRows, tickLabels } from './layout.ts';
import { plotShapes } from './plot-shapes.ts';
import type { Scene } from './scene.ts';
import { ticksOf } from './ticks.ts';

/** A strip a policy: median and middle half over the run, every strip on the same relative scale. */
export function drawTimeSeries(chart: TimeSeriesChart, options: DrawOptions): Scene {
  const { theme, width, document } = options;
  const head = heading(chart, options);
  const middles = chart.rows.map(({ p50 }) => p50);
  const places = placeRows(
    chart.rows,
    head.bottom,
    { height: 34, ends: middles.map((middle) => formatValue(middle, chart.unit)), endTitle: 'median' },
    options,
  );
  const x: Axis = { scale: 'linear', low: 0, high: chart.seconds, range: [places.left, places.right] };
  // Round numbers in the unit that is shown.
  const per = chart.seconds < 180 ? 1 : 60;
  const ticks = ticksOf(
    { scale: 'linear', low: 0, high: chart.seconds / per },
    Math.max(2, Math.floor((places.right - places.left) / 80)),
  );
  const reach = reachOf(chart, middles);
  const half = places.bandHeight / 2;
  const height = places.bottom + 24;
  const marks = chart.rows.flatMap(({ points, family }, i) => {
    const centre = places.centres[i] as number;
    const colour = theme.family[family];
    const at = (value: number) =>
      centre - Math.min(1, Math.max(-1, Math.log(value / (middles[i] as number)) / reach)) * half;
    return [
      Plot.link([0], { x1: x.low, x2: x.high, y1: centre, y2: centre, stroke: theme.grid }),
      Plot.areaY(points, {
        ...{
          x: 'at',
          y1: (d: TimePoint) => at(d.p25),
          y2: (d: TimePoint) => at(d.p75),
          fill: colour,
          fillOpacity: 0.22,
        },
      }),
      Plot.line(points, { x: 'at', y: (d: TimePoint) => at(d.p50), stroke: colour, strokeWidth: 1.5 }),
      ...(points.length < 3
        ? [Plot.dot(points, { x: 'at', y: (d: TimePoint) => at(d.p50), r: 2.5, fill: colour })]
        : []),
    ];
  });
  return {
    ...{ width, height, touch: { policies: bandsOf(chart.rows, places) } },
    shapes: plotShapes({ document, width, height, x }, marks),
    labels: [
      ...head.labels,
      ...places.labels,
      ...tickLabels(
        ticks.map((tick) => ({ text: `${formatNumber(tick)} ${per === 1 ? 's' : 'min'}`, x: position(x, tick * per) })),
        places.bottom + 12,
        options,
      ),
    ],
  };
}

/** Half of a strip is this factor, as a logarithm: that of the widest middle half, at least a tenth. */
function reachOf({ rows }: TimeSeriesChart, middles: readonly number[]): number {
  const factors = rows.flatMap(({ points }, i) =>
    points.flatMap(({ p25, p75 }) => [p25, p75].map((one) => Math.abs(Math.log(one / (middles[i] as number))))),
  );
  return Math.max(Math.log(1.1), ...factors.filter(Number.isFinite));
}
