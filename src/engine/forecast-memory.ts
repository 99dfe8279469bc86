/** What opening a model will take, before a byte of its weights is read. */
import { createCompute } from './compute.ts';
import type { EngineOptions } from './create-engine.ts';
import { loadGgml } from './ffi.ts';
import { openGguf } from './gguf.ts';
import { kvBytes, slotsFor } from './kv-buffer.ts';
import { readShape } from './shape.ts';
import { kernelLayouts } from './weight-store.ts';
import { forecastWeights } from './weights.ts';
import { promptBytes } from './working-bytes.ts';

/** Bytes. */
export interface MemoryForecast {
  /** All tensors in the orders that this processor's kernels read. */
  weights: number;
  /** K and V of one token. */
  kvPerToken: number;
  /** Positions the model was trained for. */
  contextLength: number;
  /** The KV cache of a sequence of so many tokens, as it is allocated. */
  kv(tokens: number): number;
  /** Working memory of all graphs, where a prompt has so many tokens (docs/engine.md has the formula). */
  working(tokens: number): number;
}

/**
 * Reads the file's header and asks the native library which orders of matrices it has; loads no weight.
 * @throws E_MODEL, E_GGUF, E_LIBRARY as createEngine does
 */
export function forecastMemory(
  path: string,
  {
    prefill = 'flash',
    chunk = 256,
    layouts = kernelLayouts,
  }: Pick<EngineOptions, 'prefill' | 'chunk' | 'layouts'> = {},
): MemoryForecast {
  using gguf = openGguf(path);
  const shape = readShape(gguf);
  const ggml = loadGgml();
  using compute = createCompute(ggml);
  const plain = ggml.backend_get_default_buffer_type(compute.backend);
  const { bytes, split, mixed } = forecastWeights(ggml, gguf, shape, plain, layouts);
  return {
    weights: bytes,
    kvPerToken: kvBytes(shape, 1),
    contextLength: shape.contextLength,
    kv: (tokens) => kvBytes(shape, slotsFor(tokens)),
    working: (tokens) => promptBytes(shape, tokens, { prefill, chunk, split, mixed }),
  };
}
