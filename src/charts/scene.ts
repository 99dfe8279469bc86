/** What a chart consists of on its way to SVG: shapes, and texts whose boxes are known. */

import type { Axis } from './axis.ts';
import { textWidth, type Weight } from './text-width.ts';
import type { Theme } from './theme.ts';

export interface Label {
  text: string;
  x: number;
  /** Middle of its line. */
  y: number;
  anchor: 'start' | 'middle' | 'end';
  size: number;
  weight: Weight;
  fill: string;
}

export interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

export interface Scene {
  width: number;
  height: number;
  /** SVG markup. */
  shapes: readonly string[];
  labels: readonly Label[];
  /** Of charts that a page lets its reader press; no picture shows it. */
  touch?: Touch;
}

/** Where a chart has its policies, and what a place on it means. */
export interface Touch {
  /** Policies and the pixels that are theirs, the nearest first where they cover each other. */
  policies: readonly (Box & { name: string })[];
  /** From left to right; absent where a stretch of the chart means no values of trials. */
  x?: Axis;
}

export const sizes = { title: 15, text: 12, tick: 11 } as const;

const capital = 0.73;

export function boxOf({ text, x, y, anchor, size, weight }: Label): Box {
  const width = textWidth(text, size, weight);
  const left = anchor === 'start' ? x : anchor === 'end' ? x - width : x - width / 2;
  return { left, right: left + width, top: y - size * 0.55, bottom: y + size * 0.55 };
}

export const overlap = (a: Box, b: Box): boolean =>
  a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** XML has no way to write these. */
const notXml = /(?![\t\n\r])\p{Cc}|[\ufffe\uffff]|\p{Cs}/gu;

/** Text from outside in SVG, as content and within double quotes. */
export const svgText = (text: string): string =>
  text.replace(notXml, '').replace(/[&<>"]/g, (one) => entities[one] as string);

const number = (value: number) => String(Math.round(value * 100) / 100);

function textMarkup({ text, x, y, anchor, size, weight, fill }: Label): string {
  const attributes = [
    `x="${number(x)}"`,
    `y="${number(y + (size * capital) / 2)}"`,
    ...(anchor === 'start' ? [] : [`text-anchor="${anchor}"`]),
    `font-size="${size}"`,
    ...(weight === 400 ? [] : [`font-weight="${weight}"`]),
    `fill="${fill}"`,
  ];
  return `<text ${attributes.join(' ')}>${svgText(text)}</text>`;
}

/** Without Inter, another font without serifs. */
export const fontFamily = "Inter, system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif";

/** Around a picture that stands alone; in a page the page has room. */
const margin = 16;

/** One SVG element, the same text for the same scene everywhere: no ids, no styles. */
export function sceneMarkup({ width, height, shapes, labels }: Scene, title: string, theme: Theme): string {
  const around = theme.background === 'none' ? 0 : margin;
  const [w, h] = [number(width + 2 * around), number(height + 2 * around)];
  const size = `width="${w}" height="${h}" viewBox="${0 - around} ${0 - around} ${w} ${h}"`;
  const ground = `<rect x="${-margin}" y="${-margin}" width="${w}" height="${h}" fill="${theme.background}"/>`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img" aria-label="${svgText(title)}" font-family="${fontFamily}">`,
    ...(around > 0 ? [ground] : []),
    ...shapes,
    ...labels.map(textMarkup),
    '</svg>',
  ].join('\n');
}
