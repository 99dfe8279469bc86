/**
 * Small models with random weights in every supported architecture and type. Blocks of quantised types are random
 * bytes with scales that give the wanted spread: no quantiser is needed, and every bit of the format is exercised.
 */
import { createRandom, type Random } from '../../src/core/index.ts';
import { valueOfHalf } from '../../src/engine/half.ts';
import { tensorTypes } from '../../src/engine/tensor-types.ts';
import { type Tensor, type Value, writeGguf } from './write-gguf.ts';

export interface RandomModel {
  architecture: 'llama' | 'qwen2' | 'qwen3' | 'smollm3';
  /** Type of the matrices. */
  type: string;
  /** Type of values, down and head (default: as the others). */
  mixed?: string;
  /** Type of the embedding, and so of a tied head (default: as the others). */
  embedding?: string;
  headSize?: number;
  heads?: number;
  kvHeads?: number;
  width?: number;
  /** Default: twice the width. */
  feedForward?: number;
  layers?: number;
  vocabulary?: number;
  /** Tokens of the tokenizer (default: as many as the vocabulary has rows). */
  tokens?: number;
  /** The head has a matrix of its own. */
  untied?: boolean;
  /** The file has a factor per rotation frequency. */
  factors?: boolean;
  /** Queries, keys, values and the output of attention have biases, as llama's may and qwen2's first three must. */
  biases?: boolean;
  /** The same weights as F32, for Q4_1: what a model with this type would say without rounding of its inputs. */
  widened?: boolean;
  seed?: number;
}

function typeNamed(name: string) {
  const type = [...tensorTypes.values()].find((entry) => entry.name === name);
  if (!type) throw new Error(`no type ${name}`);
  return type;
}

/** Bits of the half nearest to a positive normal number. */
export function halfBits(value: number): number {
  const exponent = Math.max(-14, Math.floor(Math.log2(value)));
  const fraction = Math.round((value / 2 ** exponent - 1) * 1024);
  return ((exponent + 15) << 10) + fraction;
}

function gaussian(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

function floats(count: number, value: () => number): Float32Array {
  return Float32Array.from({ length: count }, value);
}

/** Halves of [scale, minimum] at [byte offsets] of a block, for weights of standard deviation `spread`. */
const scales: Record<string, (spread: number) => readonly (readonly [number, number])[]> = {
  Q4_0: (spread) => [[0, halfBits(spread / 4.6)]],
  Q4_1: (spread) => [
    [0, halfBits(spread / 4.6)],
    [2, halfBits((7.5 * spread) / 4.6) | 0x8000],
  ],
  Q5_0: (spread) => [[0, halfBits(spread / 9.2)]],
  Q8_0: (spread) => [[0, halfBits(spread / 73)]],
  Q4_K: (spread) => [
    [0, halfBits(spread / 140)],
    [2, halfBits((7.5 * spread) / 140)],
  ],
  Q5_K: (spread) => [
    [0, halfBits(spread / 280)],
    [2, halfBits((15.5 * spread) / 280)],
  ],
  Q6_K: (spread) => [[208, halfBits(spread / 1370)]],
};

function matrixBytes(random: Random, name: string, values: number, spread: number): Uint8Array {
  if (name === 'F32') return new Uint8Array(floats(values, () => spread * gaussian(random)).buffer);
  if (name === 'BF16' || name === 'F16') {
    const halves = new Uint16Array(values);
    for (let i = 0; i < values; i++) {
      const value = spread * gaussian(random);
      const bits = new Uint32Array(Float32Array.of(value).buffer)[0] as number;
      const half = halfBits(Math.max(2 ** -14, Math.abs(value))) | (value < 0 ? 0x8000 : 0);
      halves[i] = name === 'BF16' ? bits >>> 16 : half;
    }
    return new Uint8Array(halves.buffer);
  }
  const type = typeNamed(name);
  const bytes = Uint8Array.from({ length: (values / type.values) * type.bytes }, () => Math.floor(random() * 256));
  const view = new DataView(bytes.buffer);
  const halves = (scales[name] as (spread: number) => [number, number][])(spread);
  for (let block = 0; block < bytes.length; block += type.bytes) {
    for (const [at, bits] of halves) view.setUint16(block + at, bits, true);
  }
  return bytes;
}

function widenQ41(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer);
  const values = new Float32Array((bytes.length / 20) * 32);
  for (let block = 0; block < bytes.length / 20; block++) {
    const at = block * 20;
    const [scale, minimum] = [valueOfHalf(view.getUint16(at, true)), valueOfHalf(view.getUint16(at + 2, true))];
    for (let i = 0; i < 16; i++) {
      const pair = bytes[at + 4 + i] as number;
      values[block * 32 + i] = scale * (pair & 15) + minimum;
      values[block * 32 + 16 + i] = scale * (pair >> 4) + minimum;
    }
  }
  return new Uint8Array(values.buffer);
}

/** The file of a random model. */
export function randomModel(options: RandomModel): Buffer {
  const {
    architecture,
    type,
    mixed = type,
    embedding = type,
    headSize = 64,
    heads = 4,
    kvHeads = 2,
    width = 256,
  } = options;
  const { layers = 4, vocabulary = 512, untied = false, factors = false, biases = false, seed = 1 } = options;
  const { feedForward = 2 * width } = options;
  const random = createRandom(seed);
  const tensors: Tensor[] = [];
  function matrix(name: string, inputs: number, outputs: number, typeName: string, spread = 1.5 / Math.sqrt(inputs)) {
    const { id } = typeNamed(typeName);
    const bytes = matrixBytes(random, typeName, inputs * outputs, spread);
    const wide = options.widened && typeName === 'Q4_1';
    tensors.push({ name, dimensions: [inputs, outputs], type: wide ? 0 : id, bytes: wide ? widenQ41(bytes) : bytes });
  }
  function vector(name: string, length: number, value: (index: number) => number) {
    const bytes = new Uint8Array(Float32Array.from({ length }, (_, index) => value(index)).buffer);
    tensors.push({ name, dimensions: [length], type: 0, bytes });
  }
  const gain = () => 1 + 0.1 * gaussian(random);
  const bias = () => 0.2 * gaussian(random);

  matrix('token_embd.weight', width, vocabulary, embedding, 1);
  vector('output_norm.weight', width, gain);
  if (untied) matrix('output.weight', width, vocabulary, mixed);
  if (factors) vector('rope_freqs.weight', headSize / 2, (index) => 1 + (14 * index) / headSize);
  for (let layer = 0; layer < layers; layer++) {
    const name = (suffix: string) => `blk.${layer}.${suffix}`;
    vector(name('attn_norm.weight'), width, gain);
    vector(name('ffn_norm.weight'), width, gain);
    matrix(name('attn_q.weight'), width, heads * headSize, type);
    matrix(name('attn_k.weight'), width, kvHeads * headSize, type);
    matrix(name('attn_v.weight'), width, kvHeads * headSize, mixed);
    matrix(name('attn_output.weight'), heads * headSize, width, type);
    matrix(name('ffn_gate.weight'), width, feedForward, type);
    matrix(name('ffn_up.weight'), width, feedForward, type);
    matrix(name('ffn_down.weight'), feedForward, width, mixed);
    if (architecture === 'qwen2' || biases) {
      vector(name('attn_q.bias'), heads * headSize, bias);
      vector(name('attn_k.bias'), kvHeads * headSize, bias);
      vector(name('attn_v.bias'), kvHeads * headSize, bias);
    }
    if (biases) vector(name('attn_output.bias'), width, bias);
    if (architecture === 'qwen3') {
      vector(name('attn_q_norm.weight'), headSize, gain);
      vector(name('attn_k_norm.weight'), headSize, gain);
    }
  }
  const { tokens = vocabulary } = options;
  return writeGguf(
    metadataOf(options, tokens, { headSize, heads, kvHeads, width, layers, vocabulary, feedForward }),
    tensors,
  );
}

type Sizes = Required<Pick<RandomModel, 'headSize' | 'heads' | 'kvHeads' | 'width' | 'layers' | 'vocabulary'>> & {
  feedForward: number;
};

function metadataOf({ architecture }: RandomModel, tokens: number, sizes: Sizes): Record<string, Value> {
  const own = (key: string) => `${architecture}.${key}`;
  return {
    'general.architecture': { string: architecture },
    [own('block_count')]: { uint32: sizes.layers },
    [own('context_length')]: { uint32: 2048 },
    [own('embedding_length')]: { uint32: sizes.width },
    [own('feed_forward_length')]: { uint32: sizes.feedForward },
    [own('attention.head_count')]: { uint32: sizes.heads },
    [own('attention.head_count_kv')]: { uint32: sizes.kvHeads },
    [own('attention.key_length')]: { uint32: sizes.headSize },
    [own('attention.value_length')]: { uint32: sizes.headSize },
    [own('attention.layer_norm_rms_epsilon')]: { float32: 1e-5 },
    [own('rope.freq_base')]: { float32: 100_000 },
    [own('rope.dimension_count')]: { uint32: sizes.headSize },
    [own('vocab_size')]: { uint32: sizes.vocabulary },
    'tokenizer.ggml.model': { string: 'gpt2' },
    'tokenizer.ggml.pre': { string: 'smollm' },
    'tokenizer.ggml.tokens': { strings: Array.from({ length: tokens }, (_, id) => `t${id}`) },
    'tokenizer.ggml.token_type': { int32s: Array.from({ length: tokens }, () => 1) },
    'tokenizer.ggml.merges': { strings: ['t 1'] },
    'tokenizer.ggml.bos_token_id': { uint32: 1 },
    'tokenizer.ggml.eos_token_id': { uint32: 2 },
  };
}

/** A tokenizer for models whose text means nothing. */
export const noTokenizer = {
  encode: () => [],
  bytes: () => new Uint8Array(0),
  decode: () => '',
  endIds: new Set<number>(),
  chat: () => '',
};
