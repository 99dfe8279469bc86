/** The frame of a chart with two axes: where it lies, its ticks, and the words on them. */
import * as Plot from '@observablehq/plot';
import { type Axis, position } from './axis.ts';
import type { ChartUnit } from './chart-types.ts';
import { formatTick } from './format-value.ts';
import { type DrawOptions, label, tickLabels } from './layout.ts';
import { type Label, sizes } from './scene.ts';
import { textWidth } from './text-width.ts';
import { type Domain, ticksOf } from './ticks.ts';

export interface Frame {
  x: Axis;
  y: Axis;
  marks: Plot.Markish[];
  labels: Label[];
  /** Below the words of the horizontal axis. */
  bottom: number;
}

export interface FrameAsked {
  top: number;
  /** Pixels between the axes. */
  height: number;
  /** Room on the left. @default what the numbers of the axis take */
  left?: number;
  /** Room on the right, for names at the ends of lines. */
  right: number;
  x: Domain & { title: string; unit: ChartUnit; ticks?: readonly number[] };
  y: Domain & { title: string; unit: ChartUnit };
}

type Vertical = Pick<FrameAsked, 'y' | 'height'>;

const verticalTicks = ({ y, height }: Vertical) =>
  ticksOf(y, Math.max(4, Math.floor(height / 42))).map((tick) => ({ tick, text: formatTick(tick, y.unit) }));

/** Pixels that the numbers of a vertical axis take. */
export const widthOfAxis = (asked: Vertical): number =>
  Math.max(...verticalTicks(asked).map(({ text }) => textWidth(text, sizes.tick)), 20) + 8;

export function frameAxes(asked: FrameAsked, { theme, width }: DrawOptions): Frame {
  const yTicks = verticalTicks(asked);
  const left = asked.left ?? widthOfAxis(asked);
  const right = width - asked.right;
  const top = asked.top + 18;
  const bottom = top + asked.height;
  const x: Axis = { ...asked.x, range: [left, right] };
  const y: Axis = { ...asked.y, range: [bottom, top] };
  const xTicks = asked.x.ticks ?? ticksOf(asked.x, Math.max(3, Math.floor((right - left) / 80)));
  const small = { size: sizes.tick, fill: theme.muted } as const;
  return {
    ...{ x, y },
    marks: [
      Plot.link(yTicks, {
        x1: asked.x.low,
        x2: asked.x.high,
        y1: (d: { tick: number }) => d.tick,
        y2: (d: { tick: number }) => d.tick,
        stroke: theme.grid,
      }),
      Plot.link(xTicks, {
        x1: (d: number) => d,
        x2: (d: number) => d,
        y1: asked.y.low,
        y2: asked.y.high,
        stroke: theme.grid,
      }),
    ],
    labels: [
      label(asked.y.title, 0, asked.top + 5, { ...small, fill: theme.text, weight: 600 }),
      ...yTicks.map(({ tick, text }) => label(text, left - 8, position(y, tick), { ...small, anchor: 'end' })),
      ...tickLabels(
        xTicks.map((tick) => ({ text: formatTick(tick, asked.x.unit), x: position(x, tick) })),
        bottom + 14,
        { theme, width },
      ),
      ...(asked.x.title ? [label(asked.x.title, right, bottom + 32, { ...small, anchor: 'end' })] : []),
    ],
    bottom: bottom + (asked.x.title ? 42 : 24),
  };
}
