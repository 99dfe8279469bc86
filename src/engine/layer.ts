/** One layer of the model over all rows of a step; attention per sequence. */
import { type Attention, attend } from './attention.ts';
import { type Builder, floatBytes, multiply, normalise } from './builder.ts';
import type { Pointer } from './ffi.ts';
import { attendFlash } from './flash-attention.ts';
import { type Projections, storeRows } from './kv-tensors.ts';
import type { LayerGroup, Segment } from './plan.ts';
import type { LayerWeights, Matrix } from './weights.ts';

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

const multiplyAll = (b: Builder, matrices: readonly Matrix[], x: Pointer): Product[] =>
  matrices.map((matrix) => ({ tensor: multiply(b, matrix, x, b.step.rows), stride: matrix.stride }));

/** Queries, keys and values: behind each other in one product, or in a product each. */
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
    valueStride: stride,
  };
}

function addBias(b: Builder, { queries, keys, values }: Projections, bias: readonly [Pointer, Pointer, Pointer]) {
  const { ggml, context } = b;
  const { heads, kvHeads, headSize } = b.shape;
  return {
    queries: ggml.add(context, queries, ggml.reshape_2d(context, bias[0], headSize, heads)),
    keys: ggml.add(context, keys, ggml.reshape_2d(context, bias[1], headSize, kvHeads)),
    values: ggml.add(context, values, bias[2]),
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

/** Queries, keys and values of all rows, biased, normalised and rotated. */
function project(b: Builder, layer: number, weights: LayerWeights, x: Pointer, positions: Pointer): Projections {
  let projections = cut(b, multiplyAll(b, weights.queryKeyValue, x));
  if (weights.queryKeyValueBias) projections = addBias(b, projections, weights.queryKeyValueBias);
  let { queries, keys } = projections;
  if (weights.queryNorm) queries = normalise(b, queries, weights.queryNorm);
  if (weights.keyNorm) keys = normalise(b, keys, weights.keyNorm);
  return {
    ...projections,
    queries: rotate(b, layer, queries, positions),
    keys: rotate(b, layer, keys, positions),
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

/** Runs one layer on rows x [width × rows]; with `kvOnly` it only stores their K and V and gives x back. */
export function buildLayer(b: Builder, layer: number, x: Pointer, inputs: StepTensors, masses: Masses): Pointer {
  const { ggml, context, step } = b;
  const weights = b.weights.layers[layer] as LayerWeights;
  const projections = project(b, layer, weights, normalise(b, x, weights.attentionNorm), inputs.positions);
  step.segments.forEach((segment, at) => {
    const { slots } = (inputs.groups[at] as GroupTensors[])[groupOf(segment, layer)] as GroupTensors;
    storeRows(b, layer, segment, projections, slots);
  });
  if (step.kvOnly) return x;
  let attended = product(b, weights.output, attendAll(b, layer, projections, inputs, masses));
  if (weights.outputBias) attended = ggml.add(context, attended, weights.outputBias);
  const between = ggml.add(context, attended, x);
  return ggml.add(context, feedForward(b, weights, normalise(b, between, weights.feedForwardNorm)), between);
}

/** SwiGLU: down · (silu(gate · x) × up · x). */
function feedForward(b: Builder, weights: LayerWeights, x: Pointer): Pointer {
  const { ggml, context, step, shape } = b;
  const { rows } = step;
  const { feedForward: width } = shape;
  const [gate, up = gate] = multiplyAll(b, weights.gateUp, x) as [Product, Product?];
  const half = ({ tensor, stride }: Product, at: number) => ggml.view_2d(context, tensor, width, rows, stride, at);
  const active = ggml.swiglu_split(context, half(gate, 0), half(up, up === gate ? width * floatBytes : 0));
  return product(b, weights.down, active);
}

/** W·x as rows of the model's width. */
function product(b: Builder, matrix: Matrix, x: Pointer): Pointer {
  const { ggml, context, step, shape } = b;
  const whole = multiply(b, matrix, x, step.rows);
  if (matrix.stride === shape.width * floatBytes) return whole;
  return ggml.view_2d(context, whole, shape.width, step.rows, matrix.stride, 0);
}
