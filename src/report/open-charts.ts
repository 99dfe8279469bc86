/** What pictures need in Node. Loaded only where pictures are drawn: it takes a second. */
import { fileURLToPath } from 'node:url';
import { parseHTML } from 'linkedom';
import type { ChartDocument } from '../charts/plot-shapes.ts';

export { chartSvg } from '../charts/draw-chart.ts';
export { dark, light } from '../charts/theme.ts';

export const openDocument = (): ChartDocument =>
  (parseHTML('<!doctype html><html></html>') as unknown as { document: ChartDocument }).document;

const fonts = ['Inter-Regular.ttf', 'Inter-SemiBold.ttf'].map((file) =>
  fileURLToPath(new URL(`../../assets/fonts/${file}`, import.meta.url)),
);

/** Twice as large as the drawing. With our own font, so that it is the same on every machine. */
export async function chartPng(svg: string): Promise<Uint8Array> {
  const { Resvg } = await import('@resvg/resvg-js');
  const font = { loadSystemFonts: false, fontFiles: fonts, defaultFontFamily: 'Inter' };
  return new Resvg(svg, { font, fitTo: { mode: 'zoom', value: 2 } }).render().asPng();
}
