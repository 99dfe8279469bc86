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

interface Product {
  tensor: Pointer;
  stride: number;
}

/** Queries, keys and values of all rows, biased, normalised and rotated. */
function project(b: Builder, layer: number, weights: LayerWeights, x: Pointer, positions: Pointer): Projections {
  const { ggml, context, shape } = b;
  const { rows } = b.step;
  const { heads, kvHeads, headSize, rope } = shape;
  const queryWidth = heads * headSize;
  const keyWidth = kvHeads * headSize;
  const products = weights.queryKeyValue.map((matrix) => ({
    tensor: multiply(b, matrix, x, rows),
    stride: matrix.stride,
  }));
  // Either one product holds queries, keys and values in a row, or each has its own.
  const fused = products.length === 1;
  const [ofQueries, ofKeys, ofValues] = (fused ? [products[0], products[0], products[0]] : products) as Product[];
  const offset = (values: number) => (fused ? values * floatBytes : 0);
  const headsOf = ({ tensor, stride }: Product, count: number, at: number) =>
    ggml.view_3d(context, tensor, headSize, count, rows, headSize * floatBytes, stride, at);
  let queries = headsOf(ofQueries as Product, heads, 0);
  let keys = headsOf(ofKeys as Product, kvHeads, offset(queryWidth));
  let valueStride = (ofValues as Product).stride;
  const valuesAt = offset(queryWidth + keyWidth);
  let values = ggml.view_2d(context, (ofValues as Product).tensor, keyWidth, rows, valueStride, valuesAt);
  if (weights.queryKeyValueBias) {
    const [queryBias, keyBias, valueBias] = weights.queryKeyValueBias;
    queries = ggml.add(context, queries, ggml.reshape_2d(context, queryBias, headSize, heads));
    keys = ggml.add(context, keys, ggml.reshape_2d(context, keyBias, headSize, kvHeads));
    values = ggml.add(context, values, valueBias);
    valueStride = keyWidth * floatBytes;
  }
  if (weights.queryNorm && weights.keyNorm) {
    queries = normalise(b, queries, weights.queryNorm);
    keys = normalise(b, keys, weights.keyNorm);
  }
  const finish = (t: Pointer) =>
    shape.unrotated(layer)
      ? ggml.cont(context, t)
      : ggml.rope_ext(
          context,
          t,
          positions,
          b.weights.ropeFactors,
          rope.dimensions,
          rope.mode,
          shape.contextLength,
          rope.base,
          1,
          0,
          1,
          32,
          1,
        );
  return { queries: finish(queries), keys: finish(keys), values, valueStride };
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
  const products = weights.gateUp.map((matrix) => ({ tensor: multiply(b, matrix, x, rows), stride: matrix.stride }));
  const gate = products[0] as Product;
  const up = products[1] ?? gate;
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
