/** Opens a model file as an engine. */
import { type Counters, type Tokenizer, TtcError } from '../core/index.ts';
import { chooseWays } from './choose-ways.ts';
import { createCompute } from './compute.ts';
import { computeClock } from './compute-clock.ts';
import { assembleEngine, type LocalEngine } from './engine.ts';
import { loadGgml } from './ffi.ts';
import { type Gguf, openGguf } from './gguf.ts';
import { measurePrices } from './pass-prices.ts';
import { checkRowInvariance } from './row-invariance.ts';
import type { Way } from './row-ways.ts';
import { readShape } from './shape.ts';
import { probeThreads } from './thread-probe.ts';
import { type KernelLayout, kernelLayouts } from './weight-store.ts';
import { loadWeights, type Weights } from './weights.ts';

export interface EngineOptions {
  /** Threads of the native library (default 1: two that share their cores with others may collapse). */
  threads?: number | 'auto';
  /** Attention of prompt chunks: the fused kernel (default), or the decode path, bit-identical for every chunk size. */
  prefill?: 'flash' | 'exact';
  /** Tokens per prompt chunk (default 256). */
  chunk?: number;
  /** Keeps the newest prompt for what the next one shares with it (default: false). */
  prefixCache?: boolean;
  /** Most KV slots that a sequence may hold (default: no limit but memory and the model's context). */
  kvSlots?: number;
  /** More variables of the chat template, such as `enable_thinking: false`. */
  chatVariables?: Readonly<Record<string, unknown>>;
  /** Default: the one that the model file describes. */
  tokenizer?: Tokenizer;
  /** Orders of weights that may be used where this CPU has kernels for them (default: all, the fastest first). */
  layouts?: readonly KernelLayout[];
  /** Ways to multiply few rows, to take where they keep the bits of single rows (default: the fastest here). */
  ways?: readonly Way[];
  /** Measures what passes cost (`passPrices`), up to half a second, or takes what was measured. @default false */
  priced?: boolean | Readonly<Record<number, number>>;
}

async function tokenizerOf(
  { path, metadata }: Gguf,
  vocabulary: number,
  variables: EngineOptions['chatVariables'],
): Promise<Tokenizer> {
  const { createTokenizer } = await import('./tokenizer.ts');
  const tokenizer = createTokenizer(metadata, variables);
  const { length } = metadata['tokenizer.ggml.tokens'] as unknown[];
  if (length > vocabulary) {
    throw new TtcError('E_TOKENIZER', `${path}: ${length} tokens, but the embedding has ${vocabulary} rows`);
  }
  return tokenizer;
}

function checkCount(value: number, most: number, what: string): void {
  if (!Number.isInteger(value) || value < 1 || value > most) throw new TtcError('E_ARGUMENT', `${what}: ${value}`);
}

/**
 * Opens a model of the dense Llama family. Dispose the engine before the process exits.
 * @throws E_ARGUMENT, E_MODEL, E_GGUF, E_TOKENIZER, E_LIBRARY, E_MEMORY, E_NATIVE; nothing stays open then
 */
export async function createEngine(path: string, options: EngineOptions = {}): Promise<LocalEngine> {
  const { threads = 1, prefill = 'flash', chunk = 256, prefixCache = false, layouts = kernelLayouts } = options;
  if (threads !== 'auto') checkCount(threads, 512, 'threads');
  checkCount(chunk, 4096, 'tokens per chunk');
  if (options.kvSlots !== undefined) checkCount(options.kvSlots, 2 ** 24, 'KV slots');
  using gguf = openGguf(path);
  // Whatever is wrong with the file is said before native code sees it.
  const shape = readShape(gguf);
  const tokenizer = options.tokenizer ?? (await tokenizerOf(gguf, shape.vocabulary, options.chatVariables));
  const ggml = loadGgml();
  const compute = createCompute(ggml);
  let weights: Weights;
  try {
    compute.setThreads(threads === 'auto' ? 1 : threads);
    const plain = ggml.backend_get_default_buffer_type(compute.backend);
    weights = loadWeights(ggml, gguf, shape, plain, layouts);
  } catch (error) {
    compute[Symbol.dispose]();
    throw error;
  }
  const engine = assembleEngine({ ggml, compute, shape, weights, tokenizer, prefill, chunk, prefixCache });
  try {
    if (threads === 'auto') await probeThreads(engine, compute.setThreads);
    const bufferType = ggml.backend_get_default_buffer_type(compute.backend);
    const { backend } = compute;
    const clock = computeClock(compute.threads);
    chooseWays({ ggml, backend, bufferType, tileNumbers: weights.tileNumbers, clock }, weights, options);
    engine.rowInvariance = await checkRowInvariance(engine, { layers: layersOfEachKind(weights) });
    const { priced = false } = options;
    engine.passPrices = priced === true ? await measurePrices(engine, clock) : priced || undefined;
  } catch (error) {
    await engine[Symbol.asyncDispose]();
    throw error;
  }
  forget(engine.totals);
  // The checks above need more slots than a user may grant to calls.
  engine.kvSlots = options.kvSlots;
  return engine;
}

/** The checks are no work of any call. */
function forget({ sums, tallies }: Counters): void {
  for (const counter of Object.keys(sums)) delete sums[counter];
  for (const counter of Object.keys(tallies)) delete tallies[counter];
}

/** The first layer of each kind: kernels depend on types and layouts of matrices, not on their values. */
function layersOfEachKind({ layers }: Weights): number[] {
  const kinds = layers.map(({ queryKeyValue, output, gateUp, down }) =>
    [...queryKeyValue, output, ...gateUp, down].map(({ layout, type }) => `${layout} ${type}`).join(),
  );
  return [...new Set(kinds)].map((kind) => kinds.indexOf(kind));
}
