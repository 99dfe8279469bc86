/** What every part of a graph is built with. */
import { type Ggml, type Pointer, tensorType } from './ffi.ts';
import type { Step } from './plan.ts';
import type { Shape } from './shape.ts';
import type { Matrix, Weights } from './weights.ts';

export interface Builder {
  readonly ggml: Ggml;
  readonly context: Pointer;
  readonly graph: Pointer;
  readonly shape: Shape;
  readonly weights: Weights;
  readonly step: Step;
  /** A tensor that is written before the graph runs. */
  input(type: number, first: number, second?: number, third?: number, fourth?: number): Pointer;
  /** An input full of ones [1 × first × second]. */
  ones(first: number, second: number): Pointer;
  readonly onesUsed: readonly Pointer[];
  /** Runs what leads to the tensor, at this place among the others. */
  run(tensor: Pointer): void;
  /** A result that must survive until it is read. */
  output(tensor: Pointer): Pointer;
}

/** Bytes of an F32 value, the type of all rows between matrices. */
export const floatBytes = 4;

/** Upper bound of a step's tensors: an overfull graph would abort the process. */
function boundNodes({ from, to, segments, rows }: Step): number {
  return 128 + 8 * rows + 8 * segments.length + (to - from) * (96 + 48 * segments.length);
}

export function createBuilder(ggml: Ggml, shape: Shape, weights: Weights, step: Step): Builder {
  const nodes = boundNodes(step);
  const context = ggml.init({
    mem_size: nodes * ggml.tensor_overhead() + ggml.graph_overhead_custom(nodes, false),
    mem_buffer: null,
    no_alloc: true,
  });
  const graph = ggml.new_graph_custom(context, nodes, false);
  const onesUsed: Pointer[] = [];
  const run = (tensor: Pointer) => ggml.build_forward_expand(graph, tensor);
  function input(type: number, first: number, second = 1, third = 1, fourth = 1): Pointer {
    const tensor = ggml.new_tensor_4d(context, type, first, second, third, fourth);
    ggml.set_input(tensor);
    return tensor;
  }
  return {
    ggml,
    context,
    graph,
    shape,
    weights,
    step,
    run,
    input,
    onesUsed,
    ones(first, second) {
      const tensor = input(tensorType.F32, 1, first, second);
      onesUsed.push(tensor);
      return tensor;
    },
    output(tensor) {
      ggml.set_output(tensor);
      run(tensor);
      return tensor;
    },
  };
}

/** Types whose products of a single row take another kernel, with other bits, than those of two and more. */
const pairedTypes = new Set(['F32', 'BF16']);

/** W·x for rows x [inputs × rows], which must be contiguous; rows of the product lie `stride` bytes apart. */
export function multiply(b: Builder, matrix: Matrix, x: Pointer, rows: number): Pointer {
  const { ggml, context } = b;
  const { weight, inputs, correction, layout, type, stride } = matrix;
  if (rows === 1 && layout === 'plain' && pairedTypes.has(type)) {
    // The second row costs no reading of weights, which is what a single row waits for.
    const twice = ggml.mul_mat(context, weight, ggml.repeat_4d(context, x, inputs, 2, 1, 1));
    return ggml.view_2d(context, twice, stride / floatBytes, 1, stride, 0);
  }
  const product = ggml.mul_mat(context, weight, x);
  if (!correction) return product;
  // A product over the short block axis is cheaper as an outer one: mul_mat halved the speed of prefill.
  const blocks = ggml.reshape_3d(context, x, 32, inputs / 32, rows);
  const sums = ggml.reshape_2d(context, ggml.sum_rows(context, blocks), inputs / 32, rows);
  return ggml.add(context, product, ggml.out_prod(context, correction, ggml.transpose(context, sums)));
}

/** RMS norm of each row with learnt gains. */
export function normalise({ ggml, context, shape }: Builder, x: Pointer, gains: Pointer): Pointer {
  return ggml.mul(context, ggml.rms_norm(context, x, shape.epsilon), gains);
}

/** Row numbers and token ids. */
export const indexType = tensorType.I32;
