/** The weights of one model in native memory, in the layout that this machine multiplies fastest. */
import { type Ggml, type Pointer, tensorType } from './ffi.ts';
import type { Gguf, TensorInfo } from './gguf.ts';
import type { Layout, Matrix } from './matrix.ts';
import { splitQ41 } from './q4-1-split.ts';
import { equalTiles } from './row-ways.ts';
import type { Shape } from './shape.ts';
import { type TensorType, tensorTypes } from './tensor-types.ts';
import { createWayTable, type WayTable } from './way-table.ts';
import {
  createLayoutProbe,
  createWeightStore,
  fillInParts,
  fillTensor,
  findLayouts,
  type KernelLayout,
  type StoredMatrix,
  type WeightStore,
} from './weight-store.ts';

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
  /** Plain, for look-ups. */
  readonly embedding: Pointer;
  readonly head: Matrix;
  /** The head's matrix in plain order, where such a copy is held. */
  readonly headRows: Pointer | undefined;
  readonly headNorm: Pointer;
  readonly ropeFactors: Pointer | null;
  readonly layers: readonly LayerWeights[];
  /** Numbers from 0, as many as a matrix has equal tiles. */
  readonly tileNumbers: Pointer;
  /** How few rows are multiplied. */
  readonly ways: WayTable;
  /** Number of matrices in each layout. */
  readonly layouts: Record<Layout, number>;
  /** Orders that this CPU has kernels for, be it for other types than the model's. */
  readonly offered: readonly KernelLayout[];
}

const floatBytes = 4;

function concatenate(parts: readonly Uint8Array<ArrayBuffer>[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/**
 * AMX kernels write tiles of 32 rows. Rows whose bytes are a multiple of 1 KiB fall into the same cache sets: products
 * of 1,536 or 3,072 outputs ran at 260 GFLOP/s, 32 outputs more at 460. So such matrices get unused outputs of zeros.
 */
function paddingFor(layout: Layout, outputs: number): number {
  return layout === 'AMX' && outputs % 256 === 0 ? 32 : 0;
}

/** Declares tensors of a file and remembers how each is filled. */
function createLoader(ggml: Ggml, gguf: Gguf, shape: Shape, plainType: Pointer, allowed: readonly KernelLayout[]) {
  const bufferTypes = findLayouts(ggml, allowed);
  const hasKernels = createLayoutProbe(ggml, bufferTypes);
  const plain = createWeightStore(ggml, shape.layers * 24 + 17, plainType);
  const stores = new Map(
    [...bufferTypes].map(([layout, type]) => [layout, createWeightStore(ggml, shape.layers * 8 + 8, type)]),
  );
  const fills: (() => void)[] = [];
  const layouts: Record<Layout, number> = { AMX: 0, REPACK: 0, split: 0, plain: 0 };
  let mostTiles = 1;
  const info = (name: string) => gguf.tensors.get(name) as TensorInfo;
  const storeOf = (layout: KernelLayout) => stores.get(layout) as WeightStore;

  /** A tensor as it stands in the file. */
  function asIs(name: string): Pointer {
    const { type, dimensions } = info(name);
    const tensor = plain.declare(type.id, dimensions);
    const [inputs, outputs] = dimensions as [number, number | undefined];
    fills.push(() =>
      outputs === undefined
        ? fillTensor(ggml, tensor, gguf.read(name))
        : fillInParts(ggml, plain, { weight: tensor, typeId: type.id, inputs, outputs }, readRow([name])),
    );
    return tensor;
  }

  /** Reads of tensors as if they lay one behind the other in the file, with zeros behind the last. */
  function readRow(names: readonly string[]) {
    return (from: number, bytes: number): Uint8Array => {
      const pieces: Uint8Array<ArrayBuffer>[] = [];
      let [start, at] = [0, from];
      for (const name of names) {
        const { bytes: length } = info(name);
        const end = Math.min(start + length, from + bytes);
        if (at >= start && at < end) {
          pieces.push(gguf.read(name, at - start, end - at));
          at = end;
        }
        start += length;
      }
      const missing = from + bytes - at;
      if (missing > 0) pieces.push(new Uint8Array(missing));
      return pieces.length === 1 ? (pieces[0] as Uint8Array) : concatenate(pieces);
    };
  }

  /** A declared matrix with what follows from its sizes. */
  function finished(
    store: WeightStore,
    stored: StoredMatrix,
    { type, layout, role, correction }: Pick<Matrix, 'type' | 'layout' | 'role' | 'correction'>,
  ): Matrix {
    const { weight, typeId, inputs, outputs } = stored;
    const { bytes, values } = tensorTypes.get(typeId) as TensorType;
    const parts = new Map<string, Pointer>();
    const matrix: Matrix = {
      ...{ weight, type, inputs, outputs, layout, role },
      rowBytes: (inputs * bytes) / values,
      stride: outputs * floatBytes,
      kind: `${layout} ${type} ${inputs}x${outputs}`,
      part(part) {
        const { from, size, count } = part;
        const key = [from, size, count].join();
        const found = parts.get(key) ?? store.part(stored, part);
        parts.set(key, found);
        return found;
      },
      ...(correction && { correction }),
    };
    mostTiles = Math.max(mostTiles, equalTiles(matrix));
    return matrix;
  }

  function split(inputs: number, outputs: number, role: string, bytes: () => Uint8Array<ArrayBuffer>): Matrix {
    const store = storeOf('REPACK');
    const typeId = tensorType.Q4_0;
    const weight = store.declare(typeId, [inputs, outputs]);
    const correction = plain.declare(tensorType.F32, [outputs, inputs / 32]);
    fills.push(() => {
      const parts = splitQ41(bytes(), inputs, outputs);
      fillTensor(ggml, weight, parts.q40);
      fillTensor(ggml, correction, new Uint8Array(parts.correction.buffer));
    });
    const stored = { weight, typeId, inputs, outputs };
    return finished(store, stored, { type: 'Q4_1', layout: 'split', role, correction });
  }

  /** The fastest layout that this CPU has kernels for; none of them changes a weight. */
  function bestLayout(type: number, inputs: number, outputs: number): Layout {
    if (hasKernels('AMX', type, inputs, outputs)) return 'AMX';
    if (hasKernels('REPACK', type, inputs, outputs)) return 'REPACK';
    return type === tensorType.Q4_1 && hasKernels('REPACK', tensorType.Q4_0, inputs, outputs) ? 'split' : 'plain';
  }

  /** One matrix whose outputs are those of the named ones in a row. */
  function fused(names: readonly string[], mayPad = true): Matrix {
    const { type, dimensions } = info(names[0] as string);
    const inputs = dimensions[0] as number;
    const outputs = names.reduce((sum, name) => sum + (info(name).dimensions[1] as number), 0);
    const layout = bestLayout(type.id, inputs, outputs);
    layouts[layout]++;
    const role = (names[0] as string).replace(/^blk\.\d+\./, '');
    if (layout === 'split')
      return split(inputs, outputs, role, () => concatenate(names.map((name) => gguf.read(name))));
    const padding = mayPad ? paddingFor(layout, outputs) : 0;
    const store = layout === 'plain' ? plain : storeOf(layout);
    const weight = store.declare(type.id, [inputs, outputs + padding]);
    const stored = { weight, typeId: type.id, inputs, outputs: outputs + padding };
    fills.push(() => fillInParts(ggml, store, stored, readRow(names)));
    return finished(store, stored, { type: type.name, layout, role });
  }

  /** Rows are looked up in the embedding, so it stays in plain order. */
  const embedding = asIs('token_embd.weight');

  return {
    asIs,
    embedding,
    layouts,
    // Every order takes Q4_0, the first type that each was made for.
    offered: [...bufferTypes.keys()].filter((layout) => hasKernels(layout, tensorType.Q4_0, 256, 256)),
    /** The embedding itself serves as head only where no layout would be faster. */
    head(): Matrix {
      // Its products are handed out row after row, without gaps.
      if (!shape.tied) return fused(['output.weight'], false);
      const { width, vocabulary } = shape;
      const { type } = info('token_embd.weight');
      if (bestLayout(type.id, width, vocabulary) !== 'plain') return fused(['token_embd.weight'], false);
      layouts.plain++;
      const stored = { weight: embedding, typeId: type.id, inputs: width, outputs: vocabulary };
      return finished(plain, stored, { type: type.name, layout: 'plain', role: 'output.weight' });
    },
    /** The named matrices as one where their types agree, else one by one. */
    matrices(names: readonly string[]): Matrix[] {
      const sameType = names.every((name) => info(name).type === info(names[0] as string).type);
      return sameType ? [fused(names)] : names.map((name) => fused([name]));
    },
    matrix: (name: string) => fused([name]),
    /** Declared after all matrices. */
    tileNumbers(): Pointer {
      const tensor = plain.declare(tensorType.I32, [mostTiles]);
      const numbers = Int32Array.from({ length: mostTiles }, (_, at) => at);
      fills.push(() => fillTensor(ggml, tensor, new Uint8Array(numbers.buffer)));
      return tensor;
    },
    bytes: () => [plain, ...stores.values()].reduce((sum, store) => sum + store.bytes(), 0),
    load() {
      for (const store of [plain, ...stores.values()]) store.allocate();
      for (const fill of fills.splice(0)) fill();
    },
    [Symbol.dispose]() {
      for (const store of [plain, ...stores.values()]) store[Symbol.dispose]();
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

function declareWeights(loader: Loader, shape: Shape): Weights {
  const head = loader.head();
  const plainHead = head.layout === 'plain' ? head.weight : undefined;
  return {
    embedding: loader.embedding,
    head,
    headRows: shape.tied ? loader.embedding : plainHead,
    headNorm: loader.asIs('output_norm.weight'),
    ropeFactors: shape.rope.factors ? loader.asIs('rope_freqs.weight') : null,
    layers: Array.from({ length: shape.layers }, (_, layer) => declareLayer(loader, shape, layer)),
    tileNumbers: loader.tileNumbers(),
    ways: createWayTable(),
    layouts: loader.layouts,
    offered: loader.offered,
    [Symbol.dispose]: () => loader[Symbol.dispose](),
  };
}

/**
 * Loads all weights of a checked file.
 * @param plainType buffer type of tensors that stay as they are
 * @param allowed orders that may be used; without any, matrices stay as they stand in the file
 * @throws E_MEMORY when they do not fit
 */
export function loadWeights(
  ggml: Ggml,
  gguf: Gguf,
  shape: Shape,
  plainType: Pointer,
  allowed: readonly KernelLayout[],
): Weights {
  const loader = createLoader(ggml, gguf, shape, plainType, allowed);
  try {
    const weights = declareWeights(loader, shape);
    loader.load();
    return weights;
  } catch (error) {
    loader[Symbol.dispose]();
    throw error;
  }
}

/** What `loadWeights` would take, without reading a weight. */
export interface WeightForecast {
  bytes: number;
  /** Matrices are split in two: the working memory of their products is larger. */
  split: boolean;
  /** Queries, keys and values are three matrices in some layer. */
  mixed: boolean;
}

/** Parameters as of `loadWeights`. */
export function forecastWeights(
  ...[ggml, gguf, shape, plainType, allowed]: Parameters<typeof loadWeights>
): WeightForecast {
  const loader = createLoader(ggml, gguf, shape, plainType, allowed);
  try {
    const { layers, layouts } = declareWeights(loader, shape);
    const mixed = layers.some(({ queryKeyValue }) => queryKeyValue.length > 1);
    return { bytes: loader.bytes(), split: layouts.split > 0, mixed };
  } finally {
    loader[Symbol.dispose]();
  }
}
