/** Title, explanation and rows of names: what charts have in common. */
import type { Named } from './chart-types.ts';
import type { ChartDocument } from './plot-shapes.ts';
import { boxOf, type Label, sizes, type Touch } from './scene.ts';
import { fitText, textWidth, wrapText } from './text-width.ts';
import type { Theme } from './theme.ts';

export interface DrawOptions {
  theme: Theme;
  /** Pixels; from 320 on. Below 480 names stand above their rows. */
  width: number;
  document: ChartDocument;
}

export const isNarrow = (width: number) => width < 480;

/** Title and explanation; `bottom` is where the chart may begin. */
export function heading(chart: { title: string; about: string }, { theme, width }: DrawOptions) {
  const title = wrapText(chart.title, width - 2, sizes.title, 600);
  const about = wrapText(chart.about, width - 2, sizes.text);
  const labels: Label[] = [
    ...title.map((text, i) => label(text, 0, 10 + 20 * i, { size: sizes.title, weight: 600, fill: theme.text })),
    ...about.map((text, i) => label(text, 0, 14 + 20 * title.length + 17 * i, { fill: theme.muted })),
  ];
  return { labels, bottom: 14 + 20 * title.length + 17 * about.length + 8 };
}

export function label(text: string, x: number, y: number, given: Partial<Label> & { fill: string }): Label {
  return { text, x, y, anchor: 'start', size: sizes.text, weight: 400, ...given };
}

export interface RowPlaces {
  labels: Label[];
  /** Pixels of the plot's sides. */
  left: number;
  right: number;
  /** Middle of each row's band. */
  centres: number[];
  bottom: number;
  bandHeight: number;
}

export interface RowsAsked {
  /** Pixels of a row's band. */
  height: number;
  /** Texts at the end of the rows, and what they are. */
  ends: readonly string[];
  endTitle: string;
}

/** The bands of the rows, from side to side. */
export const bandsOf = (rows: readonly Named[], { left, right, centres, bandHeight }: RowPlaces): Touch['policies'] =>
  rows.map(({ name }, i) => {
    const centre = centres[i] as number;
    return { name, left, right, top: centre - bandHeight / 2, bottom: centre + bandHeight / 2 };
  });

/** A row a policy: its name on the left (on a narrow page above), a number on the right. */
export function placeRows(
  rows: readonly Named[],
  top: number,
  asked: RowsAsked,
  { theme, width }: DrawOptions,
): RowPlaces {
  const endWidth = Math.max(...[asked.endTitle, ...asked.ends].map((text) => textWidth(text, sizes.text)), 0);
  const endTitle = label(asked.endTitle, width, top + 6, { anchor: 'end', size: sizes.tick, fill: theme.muted });
  const above = isNarrow(width);
  const widest = Math.max(...rows.map(({ name }) => textWidth(name, sizes.text)), 0);
  const nameWidth = above ? width - endWidth - 16 : Math.min(widest, width * 0.42);
  const left = above ? 8 : nameWidth + 14;
  const right = above ? width - 8 : width - endWidth - 16;
  const pitch = asked.height + (above ? 22 : 6);
  const start = top + (asked.endTitle ? 20 : 4);
  const labels = rows.flatMap(({ name, family }, i) => {
    const y = start + i * pitch + (above ? 8 : asked.height / 2);
    return [
      label(fitText(name, nameWidth, sizes.text), above ? 0 : nameWidth, y, {
        ...{ anchor: above ? 'start' : 'end', fill: theme.family[family] },
      }),
      label(asked.ends[i] ?? '', width, y, { anchor: 'end', fill: theme.text }),
    ] as Label[];
  });
  const centres = rows.map((_, i) => start + i * pitch + (above ? 18 : 0) + asked.height / 2);
  return {
    ...{ left, right, centres, bandHeight: asked.height },
    labels: [...(asked.endTitle ? [endTitle] : []), ...labels.filter(({ text }) => text !== '')],
    bottom: start + rows.length * pitch,
  };
}

/** Labels of ticks along the bottom; one that would touch its neighbour, or leave the picture, is left out. */
export function tickLabels(
  ticks: readonly { text: string; x: number }[],
  y: number,
  { theme, width }: Pick<DrawOptions, 'theme' | 'width'>,
): Label[] {
  const placed: Label[] = [];
  let end = Number.NEGATIVE_INFINITY;
  for (const { text, x } of ticks) {
    const one = label(text, x, y, { anchor: 'middle', size: sizes.tick, fill: theme.muted });
    const box = boxOf(one);
    if (box.left < end + 6 || box.left < 0 || box.right > width) continue;
    placed.push(one);
    end = box.right;
  }
  return placed;
}
