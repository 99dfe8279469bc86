import * as Plot from '@observablehq/plot';
import { type Axis, position } from './axis.ts';
import type { BarsChart } from './chart-types.ts';
import { formatValue } from './format-value.ts';
import { type DrawOptions, heading, label, placeRows, tickLabels } from './layout.ts';
import { plotShapes } from './plot-shapes.ts';
import { type Scene, sizes } from './scene.ts';
import { ticksOf } from './ticks.ts';

/** A row of bars a policy: shares by layer or by length. */
export function drawBars(chart: BarsChart, options: DrawOptions): Scene {
  const { theme, width, document } = options;
  const head = heading(chart, options);
  const places = placeRows(
    chart.rows,
    head.bottom,
    { height: 46, ends: chart.rows.map(({ mean }) => formatValue(mean, chart.meanUnit)), endTitle: chart.meanTitle },
    options,
  );
  const buckets = chart.rows.flatMap(({ bars }) => bars.map(([bucket]) => bucket));
  const [first, last] = [Math.min(...buckets), Math.max(...buckets)];
  const x: Axis = { scale: 'linear', low: first - 0.6, high: last + 0.6, range: [places.left, places.right] };
  const room = places.right - places.left;
  const ticks = ticksOf({ scale: 'linear', low: first, high: last }, Math.max(2, Math.floor(room / 45))).filter(
    Number.isInteger,
  );
  const height = places.bottom + 42;
  const half = places.bandHeight / 2;
  // A few bars over a wide page would be blocks.
  const barWidth = Math.min(0.8, (46 * (x.high - x.low)) / room) / 2;
  const marks = chart.rows.flatMap(({ bars, family }, i) => {
    const base = (places.centres[i] as number) + half;
    const highest = chart.full === 'share' ? 1 : Math.max(...bars.map(([, share]) => share));
    const top = (share: number) => base - (share / highest) * (places.bandHeight - 4);
    return [
      Plot.link([0], { x1: x.low, x2: x.high, y1: base, y2: base, stroke: theme.grid }),
      ...(chart.full === 'share'
        ? [
            Plot.link([0], {
              x1: x.low,
              x2: x.high,
              y1: top(1),
              y2: top(1),
              stroke: theme.grid,
              strokeDasharray: '2 3',
            }),
          ]
        : []),
      Plot.rect(bars, {
        ...{
          x1: (d: readonly [number, number]) => d[0] - barWidth,
          x2: (d: readonly [number, number]) => d[0] + barWidth,
        },
        ...{ y1: base, y2: (d: readonly [number, number]) => top(d[1]), fill: theme.family[family] },
      }),
    ];
  });
  return {
    ...{ width, height },
    shapes: plotShapes({ document, width, height, x }, marks),
    labels: [
      ...head.labels,
      ...places.labels,
      ...tickLabels(
        ticks.map((tick) => ({ text: String(tick), x: position(x, tick) })),
        places.bottom + 12,
        options,
      ),
      label(chart.bucketTitle, places.right, places.bottom + 30, {
        anchor: 'end',
        size: sizes.tick,
        fill: theme.muted,
      }),
    ],
  };
}
