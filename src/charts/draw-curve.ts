import * as Plot from '@observablehq/plot';
import { position } from './axis.ts';
import type { CurveChart, CurveLine } from './chart-types.ts';
import { frameAxes, widthOfAxis } from './frame-axes.ts';
import { type DrawOptions, heading, isNarrow, label } from './layout.ts';
import { spreadOut } from './place-labels.ts';
import { plotShapes } from './plot-shapes.ts';
import { type Label, type Scene, sizes } from './scene.ts';
import { fitText, textWidth } from './text-width.ts';
import { domainOf } from './ticks.ts';

const nameOf = ({ name, detail }: CurveLine) => (detail === undefined ? name : `${name} ${detail}`);

/** Panels above each other: what a parameter or a load changes. Only points were measured; lines lead the eye. */
export function drawCurve(chart: CurveChart, options: DrawOptions): Scene {
  const { width, theme, document } = options;
  const head = heading(chart, options);
  const labels: Label[] = [...head.labels];
  const shapes: string[] = [];
  const every = chart.panels.flatMap(({ lines }) => lines);
  const values = [...new Set(every.flatMap(({ points }) => points.map(({ x }) => x)))].sort((a, b) => a - b);
  const right = Math.min(width * 0.4, Math.max(...every.map((line) => textWidth(nameOf(line), sizes.text))) + 16);
  const xDomain = domainOf(values, chart.xScale, 0.04);
  let top = head.bottom;
  const heights = chart.panels.map(({ lines }) => Math.max(isNarrow(width) ? 130 : 150, lines.length * 16));
  const verticals = chart.panels.map((panel, at) => ({ y: verticalOf(panel), height: heights[at] as number }));
  // One scale below the other: their sides are one line.
  const left = Math.max(...verticals.map(widthOfAxis));
  const height = chart.panels.length * 60 + heights.reduce((sum, one) => sum + one, 0) + top + 20;
  chart.panels.forEach((panel, at) => {
    const isLast = at === chart.panels.length - 1;
    const reference = panel.reference === undefined ? [] : [panel.reference];
    const frame = frameAxes(
      {
        ...{ top, left, right, ...(verticals[at] as (typeof verticals)[0]) },
        x: {
          ...xDomain,
          title: isLast ? chart.xTitle : '',
          unit: 'count',
          ...(values.length <= 8 && { ticks: values }),
        },
      },
      options,
    );
    const { x, y } = frame;
    labels.push(...frame.labels, ...endLabels(panel.lines, frame, options));
    const marks = [
      ...frame.marks,
      ...reference.map((value) =>
        Plot.link([value], { x1: x.low, x2: x.high, y1: value, y2: value, stroke: theme.line, strokeDasharray: '4 3' }),
      ),
      ...panel.lines.flatMap((line) => {
        const colour = theme.family[line.family];
        const ranged = line.points.filter(({ range }) => range !== undefined);
        return [
          Plot.link(ranged, {
            ...{
              x1: 'x',
              x2: 'x',
              y1: (d: (typeof ranged)[0]) => d.range?.[0],
              y2: (d: (typeof ranged)[0]) => d.range?.[1],
            },
            ...{ stroke: colour, strokeWidth: 1.5, strokeOpacity: 0.55 },
          }),
          Plot.line(line.points, {
            x: 'x',
            y: 'y',
            stroke: colour,
            strokeWidth: 1.5,
            ...(line.dashed && { strokeDasharray: '5 3' }),
          }),
          Plot.dot(line.points, { x: 'x', y: 'y', r: 3, fill: colour }),
        ];
      }),
    ];
    shapes.push(...plotShapes({ document, width, height, x, y }, marks));
    top = frame.bottom + (isLast ? 0 : 10);
  });
  return { width, height: top, shapes, labels };
}

function verticalOf({ lines, reference, scale, title, unit }: CurveChart['panels'][0]) {
  const all = lines.flatMap(({ points }) => points.flatMap(({ y, range = [] }) => [y, ...range]));
  return { ...domainOf(reference === undefined ? all : [...all, reference], scale, 0.1), title, unit };
}

function endLabels(
  lines: readonly CurveLine[],
  { x, y }: ReturnType<typeof frameAxes>,
  { theme, width }: DrawOptions,
): Label[] {
  const ends = lines.flatMap((line) => {
    const last = line.points.at(-1);
    return last ? [{ line, y: position(y, last.y) }] : [];
  });
  const places = spreadOut(
    ends.map((end) => end.y),
    15,
    y.range[1] + 4,
    y.range[0] - 4,
  );
  const left = x.range[1] + 8;
  return ends.map(({ line }, i) =>
    label(fitText(nameOf(line), width - left, sizes.text), left, places[i] as number, {
      fill: theme.family[line.family],
    }),
  );
}
