/**
 * The graph of BERT (Devlin et al. 2018, arXiv 1810.04805) for texts of one length: bidirectional attention, a layer
 * norm after each sum, GELU with the error function. Texts of equal length need neither padding nor a mask, so the
 * vector of a text does not depend on what else is in its batch.
 */
import type { Arena } from './arena.ts';
import { indexType } from './builder.ts';
import type { EncoderShape } from './encoder-shape.ts';
import type { Affine, EncoderLayer, EncoderWeights } from './encoder-weights.ts';
import type { Ggml, Pointer } from './ffi.ts';
import { floatBytes } from './site.ts';

/** A placed graph: native views of its input and output. */
export interface EncoderGraph {
  readonly compute: Pointer;
  /** Ids [texts × length]. */
  readonly pieces: Int32Array;
  /** Rows of the last layer [texts × length × width]. */
  readonly states: Float32Array;
  free(): void;
}

interface Builder {
  ggml: Ggml;
  context: Pointer;
  shape: EncoderShape;
  /** Pieces of each text, and texts. */
  length: number;
  texts: number;
}

const project = ({ ggml, context }: Builder, { weight, bias }: Affine, x: Pointer) =>
  ggml.add(context, ggml.mul_mat(context, weight, x), bias);

function normalise({ ggml, context, shape }: Builder, { weight, bias }: Affine, x: Pointer): Pointer {
  return ggml.add(context, ggml.mul(context, ggml.norm(context, x, shape.epsilon), weight), bias);
}

/** softmax(Q·Kᵀ / √d)·V for every head of every text. */
function attend(b: Builder, layer: EncoderLayer, x: Pointer): Pointer {
  const { ggml, context, shape, length, texts } = b;
  const { heads, width } = shape;
  const size = width / heads;
  const split = (rows: Pointer) => ggml.reshape_4d(context, rows, size, heads, length, texts);
  const queries = ggml.permute(context, split(project(b, layer.query, x)), 0, 2, 1, 3);
  const keys = ggml.permute(context, split(project(b, layer.key, x)), 0, 2, 1, 3);
  const values = ggml.cont(context, ggml.permute(context, split(project(b, layer.value, x)), 1, 2, 0, 3));
  const scores = ggml.mul_mat(context, keys, queries);
  const shares = ggml.soft_max_ext(context, scores, null, 1 / Math.sqrt(size), 0);
  const mixed = ggml.permute(context, ggml.mul_mat(context, values, shares), 0, 2, 1, 3);
  return ggml.reshape_2d(context, ggml.cont(context, mixed), width, length * texts);
}

function buildLayer(b: Builder, layer: EncoderLayer, x: Pointer): Pointer {
  const { ggml, context } = b;
  const attended = project(b, layer.output, attend(b, layer, x));
  const between = normalise(b, layer.outputNorm, ggml.add(context, attended, x));
  const active = ggml.gelu_erf(context, project(b, layer.up, between));
  return normalise(b, layer.downNorm, ggml.add(context, project(b, layer.down, active), between));
}

function embed(b: Builder, weights: EncoderWeights, pieces: Pointer): Pointer {
  const { ggml, context, length, texts } = b;
  const { width } = b.shape;
  const words = ggml.reshape_3d(context, ggml.get_rows(context, weights.words, pieces), width, length, texts);
  const places = ggml.view_2d(context, weights.places, width, length, width * floatBytes, 0);
  const sum = ggml.reshape_2d(context, ggml.add(context, words, places), width, length * texts);
  return normalise(b, weights.norm, sum);
}

/** @throws E_MEMORY */
export function buildEncoderGraph(
  ggml: Ggml,
  shape: EncoderShape,
  weights: EncoderWeights,
  arena: Arena,
  length: number,
  texts: number,
): EncoderGraph {
  const nodes = 64 + shape.layers * 64;
  const context = ggml.init({
    mem_size: nodes * ggml.tensor_overhead() + ggml.graph_overhead_custom(nodes, false),
    mem_buffer: null,
    no_alloc: true,
  });
  try {
    const b: Builder = { ggml, context, shape, length, texts };
    const graph = ggml.new_graph_custom(context, nodes, false);
    const pieces = ggml.new_tensor_1d(context, indexType, length * texts);
    ggml.set_input(pieces);
    let x = embed(b, weights, pieces);
    for (const layer of weights.layers) x = buildLayer(b, layer, x);
    ggml.set_output(x);
    ggml.build_forward_expand(graph, x);
    arena.place(graph);
    const memory = (tensor: Pointer) => ggml.view(ggml.get_data(tensor) as Pointer, ggml.nbytes(tensor));
    return {
      compute: graph,
      pieces: new Int32Array(memory(pieces)),
      states: new Float32Array(memory(x)),
      free: () => ggml.free(context),
    };
  } catch (error) {
    ggml.free(context);
    throw error;
  }
}
