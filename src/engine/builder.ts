/** What every part of a graph is built with. */
import { type Ggml, type Pointer, tensorType } from './ffi.ts';
import type { Matrix } from './matrix.ts';
import type { Segment, Step } from './plan.ts';
import { boundTensors, fewRows, multiplyBy, type Way } from './row-ways.ts';
import type { Shape } from './shape.ts';
import { createSite, floatBytes, type Site } from './site.ts';
import type { LayerWeights, Weights } from './weights.ts';

export interface Builder extends Site {
  readonly shape: Shape;
  readonly weights: Weights;
  readonly step: Step;
  /** An input full of ones [1 × first × second]. */
  ones(first: number, second: number): Pointer;
  readonly onesUsed: readonly Pointer[];
}

/** A chunk of a prompt has a step of its own. */
const isPrompt = (segments: readonly Segment[]) => segments.some(({ pass }) => pass.prefill);

const matricesOf = ({ queryKeyValue, output, gateUp, down }: LayerWeights): Matrix[] => [
  ...queryKeyValue,
  output,
  ...gateUp,
  down,
];

/** Upper bound of what the ways to multiply few rows take. Rows that leave the last layer or enter the head may be fewer. */
function boundProducts({ from, to, rows, segments }: Step, { layers, head, ways }: Weights): number {
  const prompt = isPrompt(segments);
  const tensors = (matrix: Matrix, count: number) => boundTensors(matrix, count, ways.of(matrix.kind, count, prompt));
  const counts = [...Array.from({ length: Math.min(rows, fewRows) }, (_, at) => at + 1), rows];
  const inner = layers.slice(from, Math.max(from, to - 1)).flatMap(matricesOf);
  const last = [...layers.slice(Math.max(from, to - 1), to).flatMap(matricesOf), head];
  return (
    inner.reduce((sum, matrix) => sum + tensors(matrix, rows), 0) +
    last.reduce((sum, matrix) => sum + Math.max(...counts.map((count) => tensors(matrix, count))), 0)
  );
}

/** Upper bound of a step's tensors: an overfull graph would abort the process. */
function boundNodes(step: Step, weights: Weights): number {
  const { from, to, segments, rows } = step;
  const others = 128 + 8 * rows + 8 * segments.length + (to - from) * (96 + 48 * segments.length);
  return others + boundProducts(step, weights);
}

export function createBuilder(ggml: Ggml, shape: Shape, weights: Weights, step: Step): Builder {
  const site = createSite(ggml, weights.tileNumbers, boundNodes(step, weights));
  const onesUsed: Pointer[] = [];
  return {
    ...site,
    shape,
    weights,
    step,
    onesUsed,
    ones(first, second) {
      const tensor = site.input(tensorType.F32, 1, first, second);
      onesUsed.push(tensor);
      return tensor;
    },
  };
}

/** Types whose products of a single row take another kernel, with other bits, than those of two and more. */
const pairedTypes = new Set(['F32', 'BF16']);

/** A product whose way is given. */
export function multiplyRows(site: Site, way: Way, matrix: Matrix, x: Pointer, rows: number): Pointer {
  const { ggml, context } = site;
  const { weight, inputs, correction, layout, type, stride } = matrix;
  if (rows === 1 && layout === 'plain' && pairedTypes.has(type)) {
    // The second row costs no reading of weights, which is what a single row waits for.
    const twice = ggml.mul_mat(context, weight, ggml.repeat_4d(context, x, inputs, 2, 1, 1));
    return ggml.view_2d(context, twice, stride / floatBytes, 1, stride, 0);
  }
  const product = multiplyBy(site, way, matrix, x, rows);
  if (!correction) return product;
  // A product over the short block axis is cheaper as an outer one: mul_mat halved the speed of prefill.
  const blocks = ggml.reshape_3d(context, x, 32, inputs / 32, rows);
  const sums = ggml.reshape_2d(context, ggml.sum_rows(context, blocks), inputs / 32, rows);
  return ggml.add(context, product, ggml.out_prod(context, correction, ggml.transpose(context, sums)));
}

/** W·x for rows x [inputs × rows], which must be contiguous; rows of the product lie `stride` bytes apart. */
export function multiply(b: Builder, matrix: Matrix, x: Pointer, rows: number): Pointer {
  return multiplyRows(b, b.weights.ways.of(matrix.kind, rows, isPrompt(b.step.segments)), matrix, x, rows);
}

/** RMS norm of each row with learnt gains. */
export function normalise({ ggml, context, shape }: Builder, x: Pointer, gains: Pointer): Pointer {
  return ggml.mul(context, ggml.rms_norm(context, x, shape.epsilon), gains);
}

/** Row numbers and token ids. */
export const indexType = tensorType.I32;
