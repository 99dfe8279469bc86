/** Shapes drawn by Observable Plot, as markup that is the same from every document. */
import * as Plot from '@observablehq/plot';
import type { Axis } from './axis.ts';
import { svgText } from './scene.ts';

/** Of `Node`, `Element` and `Document` what is used here: browsers have them, in Node linkedom does. */
interface TreeNode {
  nodeType: number;
  localName?: string;
  attributes?: Iterable<{ name: string; value: string }>;
  childNodes: Iterable<TreeNode>;
}

/** A page's `document`, or linkedom's. */
export interface ChartDocument {
  createElementNS(namespace: string, name: string): unknown;
}

export interface PlotArea {
  document: ChartDocument;
  width: number;
  height: number;
  x: Axis;
  /** Absent where values are pixels already. */
  y?: Axis;
}

const optionsOf = ({ scale, low, high, range }: Axis) => ({ type: scale, domain: [low, high], range, axis: null });

/** Without what Plot draws around: axes, margins, styles. Texts are ours, as only then their boxes are known. */
export function plotShapes({ document, width, height, x, y }: PlotArea, marks: readonly Plot.Markish[]): string[] {
  const svg = Plot.plot({
    ...{ document, width, height, margin: 0, marks: [...marks] },
    x: optionsOf(x),
    y: y ? optionsOf(y) : { type: 'identity', axis: null },
    r: { type: 'identity' },
  } as unknown as Plot.PlotOptions) as unknown as TreeNode;
  return [...svg.childNodes].map(markup).filter((text) => text !== '');
}

/** `transform` is half a pixel, in browsers whose screen has pixels of that size: a picture is the same everywhere. */
const dropped = new Set(['class', 'style', 'aria-label', 'aria-hidden', 'xmlns', 'transform']);
const digits = /-?\d+\.\d{3,}(?:e[-+]?\d+)?/g;
const rounded = (text: string) => text.replace(digits, (one) => String(Math.round(Number(one) * 100) / 100));

/** Attributes stand in the order of their names: documents differ in theirs. */
function markup(node: TreeNode): string {
  if (node.nodeType !== 1 || node.localName === 'style') return '';
  const attributes = [...(node.attributes ?? [])]
    .filter(({ name }) => !dropped.has(name))
    .map(({ name, value }) => ` ${name}="${svgText(rounded(value))}"`)
    .sort();
  const inner = [...node.childNodes].map(markup).join('');
  const tag = `${node.localName}${attributes.join('')}`;
  if (inner === '' && node.localName === 'g') return '';
  return inner === '' ? `<${tag}/>` : `<${tag}>${inner}</${node.localName}>`;
}
