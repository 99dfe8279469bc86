/**
 * Sentence vectors (all-MiniLM-L6-v2; Reimers and Gurevych 2019, arXiv 1908.10084): a small BERT, the mean over its
 * last rows, length 1. The cosine of two texts is the dot product of their vectors.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { TtcError } from '../core/index.ts';
import { createArena } from './arena.ts';
import { type Compute, createCompute } from './compute.ts';
import { buildEncoderGraph, type EncoderGraph } from './encoder-graph.ts';
import { type EncoderShape, readEncoderShape } from './encoder-shape.ts';
import { createEncoderTokenizer, type EncoderTokenizer } from './encoder-tokenizer.ts';
import { type EncoderWeights, loadEncoderWeights } from './encoder-weights.ts';
import { type Ggml, loadGgml } from './ffi.ts';
import { createGraphCache } from './graph-cache.ts';
import { openSafetensors } from './safetensors.ts';
import { createTurns } from './turns.ts';

/** Pieces of a text that count, [CLS] and [SEP] among them: what all-MiniLM-L6-v2 was trained with. */
export const maxPieces = 256;

/** Rows of a pass: longer ones keep the process from its messages, and are no faster. */
const maxRows = 256;
const maxVocabularyBytes = 64 * 2 ** 20;

export interface EncoderOptions {
  /** Threads of the native library. @default 1 */
  threads?: number;
  /** Attention heads, which the file does not say. @default 12 */
  heads?: number;
}

export interface Encoder extends AsyncDisposable {
  /** Everything about library and settings that can change a bit of a vector. */
  readonly identity: string;
  /** Length of a vector. */
  readonly width: number;
  /** Ids of a text as they are encoded. */
  tokenise(text: string): Int32Array;
  /** A vector of length 1 for each text. Lets the process hear messages between passes. @throws E_ARGUMENT, E_NATIVE */
  encode(texts: readonly string[]): Promise<Float32Array[]>;
}

/** `name.vocab.txt` beside `name.safetensors`, else `vocab.txt` in the same folder. */
function readVocabulary(path: string): string {
  const beside = path.replace(/\.safetensors$/i, '.vocab.txt');
  const file = beside !== path && existsSync(beside) ? beside : join(dirname(path), 'vocab.txt');
  try {
    const { size } = statSync(file);
    if (size > maxVocabularyBytes) throw new Error(`${file} has ${size} bytes`);
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new TtcError('E_ENCODER', `the vocabulary of ${path} cannot be read: ${(cause as Error).message}`, { cause });
  }
}

/** Texts of one length that run in one pass: places in the list, and their ids. */
interface Batch {
  length: number;
  members: { at: number; pieces: Int32Array }[];
}

function* batchesOf(lists: readonly Int32Array[]): Generator<Batch> {
  const byLength = new Map<number, Batch['members']>();
  lists.forEach((pieces, at) => {
    const members = byLength.get(pieces.length) ?? [];
    byLength.set(pieces.length, members);
    members.push({ at, pieces });
  });
  for (const [length, members] of byLength) {
    const texts = Math.max(1, Math.floor(maxRows / length));
    for (let from = 0; from < members.length; from += texts)
      yield { length, members: members.slice(from, from + texts) };
  }
}

/** Mean of rows [length × width], scaled to length 1. */
function pool(rows: Float32Array, length: number, width: number): Float32Array {
  const sums = new Float64Array(width);
  for (let i = 0; i < length * width; i++) sums[i % width] = (sums[i % width] as number) + (rows[i] as number);
  let squares = 0;
  for (const sum of sums) squares += sum * sum;
  const norm = Math.sqrt(squares);
  if (!(norm > 0) || !Number.isFinite(norm)) throw new TtcError('E_NATIVE', 'the encoder gave no direction for a text');
  return Float32Array.from(sums, (sum) => sum / norm);
}

interface Parts {
  ggml: Ggml;
  compute: Compute;
  shape: EncoderShape;
  weights: EncoderWeights;
  tokenizer: EncoderTokenizer;
}

function assemble({ ggml, compute, shape, weights, tokenizer }: Parts): Encoder {
  const arena = createArena(ggml, ggml.backend_get_default_buffer_type(compute.backend));
  const graphs = createGraphCache<EncoderGraph>(16);
  const turn = createTurns();
  const most = Math.min(maxPieces, shape.positions);
  let disposed = false;

  function run({ length, members }: Batch): Float32Array[] {
    if (disposed) throw new TtcError('E_ARGUMENT', 'the encoder was already disposed');
    const build = () => buildEncoderGraph(ggml, shape, weights, arena, length, members.length);
    const graph = graphs.get({ key: `${length} ${members.length}`, buffers: [] }, build, () => arena.generation);
    members.forEach(({ pieces }, text) => {
      graph.pieces.set(pieces, text * length);
    });
    const status = ggml.backend_graph_compute(compute.backend, graph.compute);
    if (status !== 0) throw new TtcError('E_NATIVE', `ggml could not encode a text: status ${status}`);
    const size = length * shape.width;
    return members.map((_, text) => pool(graph.states.subarray(text * size, (text + 1) * size), length, shape.width));
  }

  async function encode(texts: readonly string[]): Promise<Float32Array[]> {
    if (!Array.isArray(texts) || texts.some((text) => typeof text !== 'string'))
      throw new TtcError('E_ARGUMENT', 'only texts can be encoded');
    const vectors = new Array<Float32Array>(texts.length);
    for (const batch of batchesOf(texts.map((text) => tokenizer.encode(text, most)))) {
      const end = await turn();
      try {
        const found = run(batch);
        batch.members.forEach(({ at }, text) => {
          vectors[at] = found[text] as Float32Array;
        });
      } finally {
        end();
      }
    }
    return vectors;
  }

  const { layers, width } = shape;
  return {
    identity: `bert ${layers}x${width} F32 mean ${most} pieces, ${ggml.variant} ${ggml.version} threads=${compute.threads}`,
    width,
    tokenise: (text) => tokenizer.encode(text, most),
    encode,
    async [Symbol.asyncDispose]() {
      if (disposed) return;
      disposed = true;
      graphs[Symbol.dispose]();
      arena[Symbol.dispose]();
      weights[Symbol.dispose]();
      compute[Symbol.dispose]();
    },
  };
}

/**
 * Opens a sentence encoder: BERT weights in safetensors, with its vocabulary beside them. Dispose it before exit.
 * @throws E_ENCODER, E_LIBRARY, E_MEMORY
 */
export async function createEncoder(path: string, options: EncoderOptions = {}): Promise<Encoder> {
  const { threads = 1, heads = 12 } = options;
  if (!Number.isInteger(threads) || threads < 1 || threads > 512)
    throw new TtcError('E_ARGUMENT', `threads: ${threads}`);
  if (!Number.isInteger(heads) || heads < 1) throw new TtcError('E_ARGUMENT', `heads: ${heads}`);
  using file = openSafetensors(path);
  const shape = readEncoderShape(file.tensors, heads);
  const tokenizer = createEncoderTokenizer(readVocabulary(path));
  if (tokenizer.vocabulary !== shape.vocabulary)
    throw new TtcError('E_ENCODER', `${tokenizer.vocabulary} pieces for ${shape.vocabulary} embeddings in ${path}`);
  const ggml = loadGgml();
  const compute = createCompute(ggml);
  try {
    compute.setThreads(threads);
    const bufferType = ggml.backend_get_default_buffer_type(compute.backend);
    const weights = loadEncoderWeights(ggml, file, shape, bufferType);
    return assemble({ ggml, compute, shape, weights, tokenizer });
  } catch (error) {
    compute[Symbol.dispose]();
    throw error;
  }
}
