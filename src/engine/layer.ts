/** One layer of the model over all rows of a step; attention per sequence. */
import { type Attention, attend } from './attention.ts';
import { type Builder, multiply, normalise } from './builder.ts';
import type { Pointer } from './ffi.ts';
import { attendFlash } from './flash-attention.ts';
import { type Projections, storeRows } from './kv-tensors.ts';
import type { Matrix } from './matrix.ts';
import type { LayerGroup, Segment } from './plan.ts';
import { floatBytes } from './site.ts';
import type { LayerWeights } from './weights.ts';

/** Inputs of a layer group: the slots its rows go to and what they may see. */
export interface GroupTensors {
  slots: Pointer;
  /** Absent where no attention runs. */
  mask?: Pointer;
}

/** Inputs that all layers of a step share. */
export interface StepTensors {
  positions: Pointer;
  /** Per segment and layer group. */
  groups: readonly (readonly GroupTensors[])[];
  /** Where the attention results of several sequences meet; absent for one sequence. */
  meeting?: Pointer;
}

/** Per segment: attention mass by layer. */
export type Masses = Map<number, Pointer>[];

/** Rows of a product: the outputs of one matrix, `stride` bytes apart. */
interface Product {
  tensor: Pointer;
  stride: number;
}

const multiplyAll = (b: Builder, matrices: readonly Matrix[], x: Pointer, rows = b.step.rows): Product[] =>
  matrices.map((matrix) => ({ tensor: multiply(b, matrix, x, rows), stride: matrix.stride }));

/** Queries, keys and values: one after the other in a single product, or in a product each. */
function cut(b: Builder, products: readonly Product[]): Projections {
  const { ggml, context, step } = b;
  const { heads, kvHeads, headSize } = b.shape;
  const first = products[0] as Product;
  const [queries, keys, values] = products.length === 3 ? (products as Product[]) : [first, first, first];
  const behind = (values: number) => (products.length === 3 ? 0 : values * floatBytes);
  const headsOf = ({ tensor, stride }: Product, count: number, at: number) =>
    ggml.view_3d(context, tensor, headSize, count, step.rows, headSize * floatBytes, stride, at);
  const { tensor, stride } = values as Product;
  const valuesAt = behind((heads + kvHeads) * headSize);
  return {
    queries: headsOf(queries as Product, heads, 0),
    keys: headsOf(keys as Product, kvHeads, behind(heads * headSize)),
    values: ggml.view_2d(context, tensor, kvHeads * headSize, step.rows, stride, valuesAt),
    queryStride: (queries as Product).stride,
    keyStride: (keys as Product).stride,
    valueStride: stride,
  };
}

function addBias(
  b: Builder,
  { queries, keys, values }: Projections,
  bias: readonly [Pointer, Pointer, Pointer],
): Projections {
  const { ggml, context } = b;
  const { heads, kvHeads, headSize } = b.shape;
  return {
    queries: ggml.add(context, queries, ggml.reshape_2d(context, bias[0], headSize, heads)),
    keys: ggml.add(context, keys, ggml.reshape_2d(context, bias[1], headSize, kvHeads)),
    values: ggml.add(context, values, bias[2]),
    queryStride: heads * headSize * floatBytes,
    keyStride: kvHeads * headSize * floatBytes,
    valueStride: kvHeads * headSize * floatBytes,
  };
}

/** Rotates heads by their rows' positions; layers without rotation only make them contiguous. */
function rotate(b: Builder, layer: number, heads: Pointer, positions: Pointer): Pointer {
  const { ggml, context, shape, weights } = b;
  if (shape.unrotated(layer)) return ggml.cont(context, heads);
  const { dimensions, mode, base } = shape.rope;
  const length = shape.contextLength;
  // No scaling of positions, no YaRN: factor 1, extrapolation 0, attention factor 1, its usual two limits.
  return ggml.rope_ext(context, heads, positions, weights.ropeFactors, dimensions, mode, length, base, 1, 0, 1, 32, 1);
}

/** Keys lie after queries: one rotation turns both, and computes its sines once. */
function rotateTogether(b: Builder, layer: number, projections: Projections, positions: Pointer): Projections {
  const { ggml, context, shape, step } = b;
  const { heads, kvHeads, headSize } = shape;
  const head = headSize * floatBytes;
  const row = (heads + kvHeads) * head;
  const { queries, queryStride } = projections;
  const both = ggml.view_3d(context, queries, headSize, heads + kvHeads, step.rows, head, queryStride, 0);
  const turned = rotate(b, layer, both, positions);
  return {
    ...projections,
    queries: ggml.view_3d(context, turned, headSize, heads, step.rows, head, row, 0),
    keys: ggml.view_3d(context, turned, headSize, kvHeads, step.rows, head, row, heads * head),
    queryStride: row,
    keyStride: row,
  };
}

/** Queries, keys and values of all rows, biased, normalised and rotated. */
function project(b: Builder, layer: number, weights: LayerWeights, x: Pointer, positions: Pointer): Projections {
  const products = multiplyAll(b, weights.queryKeyValue, x);
  let projections = cut(b, products);
  const asMultiplied = !weights.queryKeyValueBias && !weights.queryNorm && !weights.keyNorm;
  if (asMultiplied && products.length === 1) return rotateTogether(b, layer, projections, positions);
  if (weights.queryKeyValueBias) projections = addBias(b, projections, weights.queryKeyValueBias);
  let { queries, keys } = projections;
  if (weights.queryNorm) queries = normalise(b, queries, weights.queryNorm);
  if (weights.keyNorm) keys = normalise(b, keys, weights.keyNorm);
  return {
    ...projections,
    queries: rotate(b, layer, queries, positions),
    keys: rotate(b, layer, keys, positions),
    queryStride: b.shape.heads * b.shape.headSize * floatBytes,
    keyStride: b.shape.kvHeads * b.shape.headSize * floatBytes,
  };
}

function groupOf({ groups }: Segment, layer: number): number {
  return groups.findIndex(({ from, to }) => from <= layer && layer < to);
}

/** Attention of every segment; gives the results of all rows. */
function attendAll(
  b: Builder,
  layer: number,
  projections: Projections,
  { groups, meeting }: StepTensors,
  masses: Masses,
): Pointer {
  const results = b.step.segments.map((segment, at) => {
    const index = groupOf(segment, layer);
    const tap = segment.pass.attention;
    const attention: Attention = {
      layer,
      segment,
      group: segment.groups[index] as LayerGroup,
      projections,
      mask: groups[at]?.[index]?.mask as Pointer,
      massQueries: tap?.layers.includes(layer) ? Math.min(tap.queries, segment.rows) : 0,
    };
    const { result, mass } = b.step.path === 'flash' ? attendFlash(b, attention) : attend(b, attention, meeting);
    if (mass) masses[at]?.set(layer, mass);
    return result;
  });
  return results[0] as Pointer;
}

/** Rows that leave the step's last layer: fewer than enter it where nobody reads the others. */
export interface Leaving {
  rows: number;
  /** Their numbers, where they are not all. */
  chosen?: Pointer | undefined;
}

/**
 * Runs one layer on rows x [width × rows]; with `kvOnly` it only stores their K and V and gives x back.
 * @param leaving which rows go through output and feed-forward; the others end with their K and V
 */
export function buildLayer(
  b: Builder,
  layer: number,
  x: Pointer,
  inputs: StepTensors,
  masses: Masses,
  leaving: Leaving,
): Pointer {
  const { ggml, context, step } = b;
  const weights = b.weights.layers[layer] as LayerWeights;
  const projections = project(b, layer, weights, normalise(b, x, weights.attentionNorm), inputs.positions);
  step.segments.forEach((segment, at) => {
    const { slots } = (inputs.groups[at] as GroupTensors[])[groupOf(segment, layer)] as GroupTensors;
    storeRows(b, layer, segment, projections, slots);
  });
  if (step.kvOnly) return x;
  const attention = attendAll(b, layer, projections, inputs, masses);
  const { rows, chosen } = leaving;
  if (rows === 0) return x;
  const pick = (all: Pointer) => (chosen ? ggml.get_rows(context, all, chosen) : all);
  let attended = product(b, weights.output, pick(attention), rows);
  if (weights.outputBias) attended = ggml.add(context, attended, weights.outputBias);
  const between = ggml.add(context, attended, pick(x));
  return ggml.add(context, feedForward(b, weights, normalise(b, between, weights.feedForwardNorm), rows), between);
}

/** SwiGLU: down · (silu(gate · x) × up · x). */
function feedForward(b: Builder, weights: LayerWeights, x: Pointer, rows: number): Pointer {
  const { ggml, context, shape } = b;
  const { feedForward: width } = shape;
  const [gate, up = gate] = multiplyAll(b, weights.gateUp, x, rows) as [Product, Product?];
  const half = ({ tensor, stride }: Product, at: number) => ggml.view_2d(context, tensor, width, rows, stride, at);
  const active = ggml.swiglu_split(context, half(gate, 0), half(up, up === gate ? width * floatBytes : 0));
  return product(b, weights.down, active, rows);
}

/** W·x as rows of the model's width. */
function product(b: Builder, matrix: Matrix, x: Pointer, rows: number): Pointer {
  const { ggml, context, shape } = b;
  const whole = multiply(b, matrix, x, rows);
  if (matrix.stride === shape.width * floatBytes) return whole;
  return ggml.view_2d(context, whole, shape.width, rows, matrix.stride, 0);
}
