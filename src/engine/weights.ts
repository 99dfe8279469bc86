/** The weights of one model in native memory, in the layout that this machine multiplies fastest. */
import { type Ggml, type Pointer, tensorType } from './ffi.ts';
import type { Gguf, TensorInfo } from './gguf.ts';
import { splitQ41 } from './q4-1-split.ts';
import type { Shape } from './shape.ts';
import { createRepackProbe, createWeightStore, fillTensor, findRepackType } from './weight-store.ts';

/** y = W·x, for a split Q4_1 matrix plus correction · (block sums of x). */
export interface Matrix {
  weight: Pointer;
  inputs: number;
  /** F32 [outputs × inputs / 32], present on split matrices. */
  correction?: Pointer;
}

export interface LayerWeights {
  attentionNorm: Pointer;
  feedForwardNorm: Pointer;
  /** Queries, keys and values as one matrix, or as three where their types differ. */
  queryKeyValue: readonly Matrix[];
  queryKeyValueBias?: readonly [Pointer, Pointer, Pointer];
  queryNorm?: Pointer;
  keyNorm?: Pointer;
  output: Matrix;
  outputBias?: Pointer;
  /** Gate and up as one matrix, or as two where their types differ. */
  gateUp: readonly Matrix[];
  down: Matrix;
}

export interface Weights extends Disposable {
  readonly embedding: Matrix;
  readonly head: Matrix;
  readonly headNorm: Pointer;
  readonly ropeFactors: Pointer | null;
  readonly layers: readonly LayerWeights[];
  /** Number of matrices in each layout. */
  readonly layouts: Layouts;
}

export interface Layouts {
  plain: number;
  repacked: number;
  split: number;
}

function concatenate(parts: readonly Uint8Array<ArrayBuffer>[]): Uint8Array<ArrayBuffer> {
  if (parts.length === 1) return parts[0] as Uint8Array<ArrayBuffer>;
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Declares tensors of a file and remembers how each is filled. */
function createLoader(ggml: Ggml, gguf: Gguf, shape: Shape, plainType: Pointer, repack: boolean) {
  const repackType = repack ? findRepackType(ggml) : undefined;
  const isRepackable = createRepackProbe(ggml, repackType);
  const plain = createWeightStore(ggml, shape.layers * 24 + 16, plainType);
  const repacked = createWeightStore(ggml, shape.layers * 8 + 8, repackType ?? plainType);
  const fills: (() => void)[] = [];
  const layouts: Layouts = { plain: 0, repacked: 0, split: 0 };
  const info = (name: string) => gguf.tensors.get(name) as TensorInfo;

  /** A tensor as it stands in the file. */
  function asIs(name: string): Pointer {
    const tensor = plain.declare(info(name).type.id, info(name).dimensions);
    fills.push(() => fillTensor(ggml, tensor, gguf.read(name)));
    return tensor;
  }

  function splitMatrix(inputs: number, outputs: number, bytes: () => Uint8Array<ArrayBuffer>): Matrix {
    const weight = repacked.declare(tensorType.Q4_0, [inputs, outputs]);
    const correction = plain.declare(tensorType.F32, [outputs, inputs / 32]);
    fills.push(() => {
      const parts = splitQ41(bytes(), inputs, outputs);
      fillTensor(ggml, weight, parts.q40);
      fillTensor(ggml, correction, new Uint8Array(parts.correction.buffer));
    });
    layouts.split++;
    return { weight, inputs, correction };
  }

  /** One matrix whose outputs are those of the named ones in a row. */
  function fused(names: readonly string[]): Matrix {
    const first = info(names[0] as string);
    const inputs = first.dimensions[0] as number;
    const outputs = names.reduce((sum, name) => sum + (info(name).dimensions[1] as number), 0);
    const bytes = () => concatenate(names.map((name) => gguf.read(name)));
    if (first.type.id === tensorType.Q4_1 && isRepackable(tensorType.Q4_0, inputs, outputs)) {
      return splitMatrix(inputs, outputs, bytes);
    }
    const layout = isRepackable(first.type.id, inputs, outputs) ? 'repacked' : 'plain';
    layouts[layout]++;
    const weight = (layout === 'repacked' ? repacked : plain).declare(first.type.id, [inputs, outputs]);
    fills.push(() => fillTensor(ggml, weight, bytes()));
    return { weight, inputs };
  }

  return {
    asIs,
    layouts,
    /** Rows are looked up in the embedding, so it stays in plain order. */
    embedding(): Matrix {
      layouts.plain++;
      return { weight: asIs('token_embd.weight'), inputs: shape.width };
    },
    /** The named matrices as one where their types agree, else one by one. */
    matrices(names: readonly string[]): Matrix[] {
      const sameType = names.every((name) => info(name).type === info(names[0] as string).type);
      return sameType ? [fused(names)] : names.map((name) => fused([name]));
    },
    matrix: (name: string) => fused([name]),
    load() {
      plain.allocate();
      repacked.allocate();
      for (const fill of fills.splice(0)) fill();
    },
    [Symbol.dispose]() {
      plain[Symbol.dispose]();
      repacked[Symbol.dispose]();
    },
  };
}
type Loader = ReturnType<typeof createLoader>;

function declareLayer(loader: Loader, shape: Shape, layer: number): LayerWeights {
  const name = (suffix: string) => `blk.${layer}.${suffix}`;
  const vector = (suffix: string) => loader.asIs(name(suffix));
  const weights: LayerWeights = {
    attentionNorm: vector('attn_norm.weight'),
    feedForwardNorm: vector('ffn_norm.weight'),
    queryKeyValue: loader.matrices(['attn_q.weight', 'attn_k.weight', 'attn_v.weight'].map(name)),
    output: loader.matrix(name('attn_output.weight')),
    gateUp: loader.matrices(['ffn_gate.weight', 'ffn_up.weight'].map(name)),
    down: loader.matrix(name('ffn_down.weight')),
  };
  if (shape.queryKeyValueBias) {
    weights.queryKeyValueBias = [vector('attn_q.bias'), vector('attn_k.bias'), vector('attn_v.bias')];
  }
  if (shape.outputBias) weights.outputBias = vector('attn_output.bias');
  if (shape.queryKeyNorm) {
    weights.queryNorm = vector('attn_q_norm.weight');
    weights.keyNorm = vector('attn_k_norm.weight');
  }
  return weights;
}

/**
 * Loads all weights of a checked file.
 * @param plainType buffer type of tensors that are not repacked
 * @param repack false keeps every matrix as it stands in the file
 * @throws E_MEMORY when they do not fit
 */
export function loadWeights(ggml: Ggml, gguf: Gguf, shape: Shape, plainType: Pointer, repack = true): Weights {
  const loader = createLoader(ggml, gguf, shape, plainType, repack);
  try {
    const embedding = loader.embedding();
    const weights = {
      embedding,
      head: shape.tied ? embedding : loader.matrix('output.weight'),
      headNorm: loader.asIs('output_norm.weight'),
      ropeFactors: shape.rope.factors ? loader.asIs('rope_freqs.weight') : null,
      layers: Array.from({ length: shape.layers }, (_, layer) => declareLayer(loader, shape, layer)),
      layouts: loader.layouts,
      [Symbol.dispose]: () => loader[Symbol.dispose](),
    };
    loader.load();
    return weights;
  } catch (error) {
    loader[Symbol.dispose]();
    throw error;
  }
}
