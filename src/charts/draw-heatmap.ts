import * as Plot from '@observablehq/plot';
import type { HeatmapChart } from './chart-types.ts';
import { formatValue } from './format-value.ts';
import { type DrawOptions, heading, label, placeRows } from './layout.ts';
import { plotShapes } from './plot-shapes.ts';
import { type Scene, sizes } from './scene.ts';
import { fitText } from './text-width.ts';

/** Policies by columns: the more colour, the better; the number stands in the cell. */
export function drawHeatmap(chart: HeatmapChart, options: DrawOptions): Scene {
  const { theme, width, document } = options;
  const head = heading(chart, options);
  const places = placeRows(chart.rows, head.bottom + 22, { height: 26, ends: [], endTitle: '' }, options);
  const size = Math.min(150, (places.right - places.left) / chart.columns.length);
  const left = (column: number) => places.left + column * size;
  const cells = chart.rows.flatMap(({ values }, row) =>
    values.map((value, column) => ({ value, step: stepOf(chart, value, column), row, column })),
  );
  const known = cells.filter(({ value }) => value !== null);
  const height = places.bottom + 2;
  const centre = ({ row }: { row: number }) => places.centres[row] as number;
  const half = places.bandHeight / 2;
  const marks = [
    Plot.rect(cells, {
      ...{
        x1: (d: { column: number }) => left(d.column) + 1.5,
        x2: (d: { column: number }) => left(d.column + 1) - 1.5,
      },
      ...{ y1: (d: { row: number }) => centre(d) - half, y2: (d: { row: number }) => centre(d) + half },
      ...{ fill: (d: { step: number }) => (d.step < 0 ? theme.band : theme.heat[d.step]), rx: 3 },
    }),
  ];
  return {
    ...{ width, height },
    shapes: plotShapes(
      { document, width, height, x: { scale: 'linear', low: 0, high: width, range: [0, width] } },
      marks,
    ),
    labels: [
      ...head.labels,
      ...places.labels,
      ...chart.columns.map((name, column) =>
        label(fitText(name, size - 8, sizes.tick), left(column) + size / 2, head.bottom + 12, {
          ...{ anchor: 'middle', size: sizes.tick, fill: theme.muted },
        }),
      ),
      ...known.map((cell) =>
        label(
          fitText(formatValue(cell.value as number, chart.unit), size - 6, sizes.text),
          left(cell.column) + size / 2,
          centre(cell),
          {
            ...{ anchor: 'middle', fill: theme.heatText[cell.step] as string },
          },
        ),
      ),
    ],
  };
}

/** The middle one where all are equal. */
function stepOf({ rows, scale, better, byColumn }: HeatmapChart, value: number | null, column: number): number {
  if (value === null) return -1;
  const on = (one: number) => (scale === 'log' ? Math.log(one) : one);
  const all = rows.flatMap(({ values }) =>
    values.flatMap((one, at) => (one === null || (byColumn && at !== column) ? [] : [on(one)])),
  );
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const share = high > low ? (on(value) - low) / (high - low) : 0.5;
  return Math.round((better === 'more' ? share : 1 - share) * 8);
}
