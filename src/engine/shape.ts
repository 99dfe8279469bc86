/** What a model file must hold to be run: a dense Llama-family model, every tensor of it, and nothing else. */
import { type ModelShape, TtcError } from '../core/index.ts';
import type { Gguf, TensorInfo } from './gguf.ts';
import { unhonouredKeys } from './shape-keys.ts';

/** How ggml pairs the values it rotates: neighbours, or halves of the head. */
export type RopeMode = 0 | 2;

export interface Shape extends ModelShape {
  /** Added to the mean square in RMS norms. */
  epsilon: number;
  rope: {
    base: number;
    /** Values of a head that are rotated. */
    dimensions: number;
    mode: RopeMode;
    /** The file has a factor per frequency. */
    factors: boolean;
  };
  /** Layers without rotation (SmolLM3's NoPE). */
  unrotated: (layer: number) => boolean;
  queryKeyValueBias: boolean;
  outputBias: boolean;
  /** RMS norm over each head of queries and keys. */
  queryKeyNorm: boolean;
  /** The head is the token embedding. */
  tied: boolean;
}

interface Family {
  rope: RopeMode;
  queryKeyValueBias: 'required' | 'optional' | 'none';
  outputBias: 'optional' | 'none';
  queryKeyNorm: boolean;
  /** Every n-th layer does without rotation. */
  unrotatedStep?: number;
}

const families: Record<string, Family> = {
  llama: { rope: 0, queryKeyValueBias: 'optional', outputBias: 'optional', queryKeyNorm: false },
  qwen2: { rope: 2, queryKeyValueBias: 'required', outputBias: 'none', queryKeyNorm: false },
  qwen3: { rope: 2, queryKeyValueBias: 'none', outputBias: 'none', queryKeyNorm: true },
  smollm3: {
    rope: 0,
    queryKeyValueBias: 'none',
    outputBias: 'none',
    queryKeyNorm: false,
    unrotatedStep: 4,
  },
};

type Fail = (message: string) => never;

/** Metadata of the architecture, with every setting refused that the graph would not honour. */
function readSettings(gguf: Gguf, architecture: string, fail: Fail) {
  const get = (key: string) => gguf.metadata[`${architecture}.${key}`];
  function number(key: string, fallback?: number): number {
    const value = get(key) ?? fallback;
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    return fail(`${architecture}.${key} is ${Array.isArray(value) ? 'a list' : value}, not a number`);
  }
  function count(key: string, fallback?: number): number {
    const value = number(key, fallback);
    if (!Number.isInteger(value) || value < 1 || value > 2 ** 31) fail(`${architecture}.${key} is ${value}`);
    return value;
  }
  if (Number(get('expert_count') ?? 0) > 0) fail('mixture-of-experts models are not supported');
  const scaling = get('rope.scaling.type') ?? 'none';
  if (scaling !== 'none') fail(`rope scaling '${scaling}' is not supported`);
  const linear = get('rope.scaling.factor') ?? get('rope.scale_linear') ?? 1;
  if (linear !== 1) fail(`a rope scaling factor of ${linear} is not supported`);
  if (get('attention.causal') === false) fail('attention that is not causal is not supported');
  const contextLength = count('context_length');
  const slidingWindow = Number(get('attention.sliding_window') ?? 0);
  if (slidingWindow > 0 && slidingWindow < contextLength) fail('sliding-window attention is not supported');
  return { number, count, contextLength };
}

/**
 * The shape of a model, once every tensor the graph will touch is known to be there in the right shape and type.
 * @throws E_GGUF naming what is missing, wrong or not supported
 */
export function readShape(gguf: Gguf): Shape {
  const supported = `supported: ${Object.keys(families).join(', ')} (dense)`;
  const fail: Fail = (message) => {
    throw new TtcError('E_GGUF', `${gguf.path}: ${message}`, { help: supported });
  };
  const architecture = gguf.metadata['general.architecture'];
  if (typeof architecture !== 'string') return fail('no general.architecture in the metadata');
  const family = Object.hasOwn(families, architecture) ? families[architecture] : undefined;
  if (!family) return fail(`the architecture ${architecture} is not supported`);

  const { number, count, contextLength } = readSettings(gguf, architecture, fail);
  const width = count('embedding_length');
  const heads = count('attention.head_count');
  const headSize = count('attention.key_length', width / heads);
  const step = family.unrotatedStep ?? 0;
  const has = (name: string) => gguf.tensors.has(name);
  const shape: Shape = {
    architecture,
    layers: count('block_count'),
    width,
    heads,
    kvHeads: count('attention.head_count_kv', heads),
    headSize,
    feedForward: count('feed_forward_length'),
    vocabulary: gguf.tensors.get('token_embd.weight')?.dimensions[1] ?? fail('the tensor token_embd.weight is missing'),
    contextLength,
    epsilon: number('attention.layer_norm_rms_epsilon'),
    rope: {
      base: number('rope.freq_base', 10_000),
      dimensions: count('rope.dimension_count', headSize),
      mode: family.rope,
      factors: has('rope_freqs.weight'),
    },
    unrotated: (layer) => step > 0 && (layer + 1) % step === 0,
    queryKeyValueBias:
      family.queryKeyValueBias === 'required' || (family.queryKeyValueBias === 'optional' && has('blk.0.attn_q.bias')),
    outputBias: family.outputBias === 'optional' && has('blk.0.attn_output.bias'),
    queryKeyNorm: family.queryKeyNorm,
    tied: !has('output.weight'),
  };
  const { epsilon, rope } = shape;
  const unhonoured = unhonouredKeys(gguf.metadata, architecture, {
    headSize,
    epsilon,
    ropeBase: rope.base,
    unrotatedStep: step,
  });
  if (unhonoured.length > 0) fail(`${unhonoured.join(', ')} is not supported: it would change what the model says`);
  checkNumbers(shape, number('attention.value_length', headSize), fail);
  checkTensors(gguf, shape, fail);
  return shape;
}

function checkNumbers({ layers, heads, kvHeads, headSize, epsilon, rope }: Shape, valueSize: number, fail: Fail): void {
  if (layers > 1000) fail(`${layers} layers`);
  if (heads % kvHeads !== 0) fail(`${heads} heads cannot share ${kvHeads} KV heads`);
  if (valueSize !== headSize) fail(`heads of keys (${headSize}) and values (${valueSize}) differ in size`);
  if (headSize % 2 !== 0 || rope.dimensions % 2 !== 0 || rope.dimensions > headSize) {
    fail(`a head of ${headSize} values cannot be rotated in ${rope.dimensions}`);
  }
  if (!(epsilon > 0 && epsilon < 1)) fail(`an epsilon of ${epsilon}`);
  // Below 1, frequencies grow with the dimension, to infinity.
  if (!(rope.base >= 1)) fail(`a rope base of ${rope.base}`);
}

/** Name → dimensions of every tensor the graph will touch. Vectors are F32, matrices of any supported type. */
function expectedTensors(shape: Shape): Map<string, number[]> {
  const { layers, width, heads, kvHeads, headSize, feedForward, vocabulary, rope } = shape;
  const queries = heads * headSize;
  const keys = kvHeads * headSize;
  const tensors = new Map<string, number[]>();
  tensors.set('token_embd.weight', [width, vocabulary]).set('output_norm.weight', [width]);
  if (!shape.tied) tensors.set('output.weight', [width, vocabulary]);
  if (rope.factors) tensors.set('rope_freqs.weight', [rope.dimensions / 2]);
  for (let layer = 0; layer < layers; layer++) {
    const add = (name: string, ...dimensions: number[]) => tensors.set(`blk.${layer}.${name}`, dimensions);
    add('attn_norm.weight', width);
    add('ffn_norm.weight', width);
    add('attn_q.weight', width, queries);
    add('attn_k.weight', width, keys);
    add('attn_v.weight', width, keys);
    add('attn_output.weight', queries, width);
    add('ffn_gate.weight', width, feedForward);
    add('ffn_up.weight', width, feedForward);
    add('ffn_down.weight', feedForward, width);
    if (shape.queryKeyValueBias) {
      add('attn_q.bias', queries);
      add('attn_k.bias', keys);
      add('attn_v.bias', keys);
    }
    if (shape.outputBias) add('attn_output.bias', width);
    if (shape.queryKeyNorm) {
      add('attn_q_norm.weight', headSize);
      add('attn_k_norm.weight', headSize);
    }
  }
  return tensors;
}

function checkTensors(gguf: Gguf, shape: Shape, fail: Fail): void {
  const expected = expectedTensors(shape);
  for (const [name, dimensions] of expected) {
    const info: TensorInfo = gguf.tensors.get(name) ?? fail(`the tensor ${name} is missing`);
    if (String(info.dimensions) !== String(dimensions)) {
      fail(`the tensor ${name} has the shape [${info.dimensions}], expected [${dimensions}]`);
    }
    if (dimensions.length === 1 && info.type.name !== 'F32') {
      fail(`the tensor ${name} has the type ${info.type.name}, expected F32`);
    }
  }
  for (const name of gguf.tensors.keys()) {
    if (!expected.has(name)) {
      fail(`the tensor ${name} is not part of a dense ${shape.architecture} model: refused rather than ignored`);
    }
  }
}
