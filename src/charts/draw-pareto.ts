import * as Plot from '@observablehq/plot';
import { position } from './axis.ts';
import type { ParetoChart, ParetoPoint } from './chart-types.ts';
import { frameAxes } from './frame-axes.ts';
import { type DrawOptions, heading, isNarrow } from './layout.ts';
import { placeLabels } from './place-labels.ts';
import { plotShapes } from './plot-shapes.ts';
import { type Box, type Scene, sizes } from './scene.ts';
import { fitText } from './text-width.ts';
import { domainOf } from './ticks.ts';

/** Points that no other point beats in both: from the cheapest on, each better than all before it. */
export function paretoFront<T extends Pick<ParetoPoint, 'x' | 'y'>>(points: readonly T[]): T[] {
  const front: T[] = [];
  for (const point of [...points].sort((a, b) => a.x - b.x || b.y - a.y))
    if (point.y > (front.at(-1)?.y ?? Number.NEGATIVE_INFINITY)) front.push(point);
  return front;
}

/** What can be had at a cost: a step at each measured point, nothing in between. */
function stepsOf(front: readonly ParetoPoint[], end: number) {
  return front.flatMap((point, i) => {
    const next = front[i + 1];
    return next
      ? [
          { x: point.x, y: point.y },
          { x: next.x, y: point.y },
        ]
      : [
          { x: point.x, y: point.y },
          { x: end, y: point.y },
        ];
  });
}

/** Cost against quality: filled points are on the front. */
export function drawPareto(chart: ParetoChart, options: DrawOptions): Scene {
  const { theme, width, document } = options;
  const head = heading(chart, options);
  const { points } = chart;
  const xs = points.flatMap(({ x, xRange = [x, x] }) => [x, ...xRange.map((end) => limited(end, x))]);
  const ys = points.flatMap(({ y, yRange = [y, y] }) => [y, ...yRange]);
  const frame = frameAxes(
    {
      ...{ top: head.bottom, height: isNarrow(width) ? 300 : 320, right: 12 },
      x: { ...domainOf([...xs, ...(chart.noise ?? [])], 'log', 0.1), title: chart.xTitle, unit: chart.xUnit },
      y: { ...domainOf(ys, 'linear', 0.12), title: chart.yTitle, unit: chart.yUnit },
    },
    options,
  );
  const { x, y } = frame;
  const front = paretoFront(points);
  const isBest = new Set<ParetoPoint>(front);
  const steps = stepsOf(front, x.high);
  const colourOf = ({ family }: ParetoPoint) => theme.family[family];
  const background = theme.background === 'none' ? 'var(--chart-background)' : theme.background;
  const inner = (end: number) => Math.min(Math.max(end, x.low), x.high);
  const innerY = (end: number) => Math.min(Math.max(end, y.low), y.high);
  const at = (point: { x: number; y: number }) => ({ x: position(x, point.x), y: position(y, point.y) });
  const placed = placeLabels(
    points.map((point) => ({
      ...at(point),
      label: {
        text: fitText(point.name, Math.min(220, width * 0.5), sizes.text),
        ...{ size: sizes.text, weight: 400, fill: isBest.has(point) ? theme.text : theme.muted },
      },
    })),
    [...stepBoxes(steps.map(at)), ...points.flatMap((point) => whiskerBoxes(point, at, { x: inner, y: innerY }))],
    { left: x.range[0], right: width - 2, top: y.range[1] - 5, bottom: y.range[0] - 2 },
  );
  const marks = [
    ...(chart.noise
      ? [
          Plot.rect([chart.noise], {
            x1: inner(chart.noise[0]),
            x2: inner(chart.noise[1]),
            y1: y.low,
            y2: y.high,
            fill: theme.band,
          }),
        ]
      : []),
    ...frame.marks,
    Plot.line(steps, { x: 'x', y: 'y', stroke: theme.line, strokeWidth: 1.5 }),
    ...points.flatMap((point) => [
      ...(point.xRange
        ? [
            Plot.link([point], {
              x1: inner(point.xRange[0]),
              x2: inner(point.xRange[1]),
              y1: point.y,
              y2: point.y,
              ...whisker(colourOf(point)),
            }),
          ]
        : []),
      ...(point.yRange
        ? [
            Plot.link([point], {
              x1: point.x,
              x2: point.x,
              y1: innerY(point.yRange[0]),
              y2: innerY(point.yRange[1]),
              ...whisker(colourOf(point)),
            }),
          ]
        : []),
    ]),
    Plot.dot(points, {
      ...{ x: 'x', y: 'y', r: 4.5, stroke: colourOf, strokeWidth: 2 },
      fill: (point: ParetoPoint) => (isBest.has(point) ? colourOf(point) : background),
    }),
  ];
  const height = frame.bottom;
  const leaders = placed.flatMap(({ leader }) => leader ?? []);
  return {
    ...{ width, height, touch: { policies: points.map((point) => ({ name: point.name, ...around(at(point)) })) } },
    shapes: [
      ...plotShapes({ document, width, height, x, y }, marks),
      ...leaders.map(({ x1, y1, x2, y2 }) => line(x1, y1, x2, y2, theme.line)),
    ],
    labels: [...head.labels, ...frame.labels, ...placed.map(({ label }) => label)],
  };
}

const whisker = (stroke: string) => ({ stroke, strokeOpacity: 0.45, strokeWidth: 1.25 });

/** An interval's end far off, as few samples give it, must not squeeze all points together. */
const limited = (end: number, x: number) => Math.min(Math.max(end, x / 1.5), x * 1.5);

const two = (value: number) => Math.round(value * 100) / 100;
const line = (x1: number, y1: number, x2: number, y2: number, stroke: string) =>
  `<line x1="${two(x1)}" y1="${two(y1)}" x2="${two(x2)}" y2="${two(y2)}" stroke="${stroke}" stroke-width="0.75"/>`;

interface Place {
  x: number;
  y: number;
}

/** What a finger hits. */
const around = ({ x, y }: Place): Box => ({ left: x - 10, right: x + 10, top: y - 10, bottom: y + 10 });

const stepBoxes = (places: readonly Place[]): Box[] =>
  places.slice(1).map(({ x, y }, i) => boxBetween(places[i] as Place, { x, y }));

const boxBetween = (a: Place, b: Place): Box => ({
  ...{ left: Math.min(a.x, b.x) - 1, right: Math.max(a.x, b.x) + 1 },
  ...{ top: Math.min(a.y, b.y) - 1, bottom: Math.max(a.y, b.y) + 1 },
});

function whiskerBoxes(
  { x, y, xRange, yRange }: ParetoPoint,
  at: (place: Place) => Place,
  inner: { x: (end: number) => number; y: (end: number) => number },
): Box[] {
  return [
    ...(xRange ? [boxBetween(at({ x: inner.x(xRange[0]), y }), at({ x: inner.x(xRange[1]), y }))] : []),
    ...(yRange ? [boxBetween(at({ x, y: inner.y(yRange[0]) }), at({ x, y: inner.y(yRange[1]) }))] : []),
  ];
}
