/**
 * Working memory shared by all graphs of an engine: only one runs at a time, and its outputs are read before the next
 * one runs. When a graph needs more than there is, the memory moves and graphs placed in it before are lost.
 */
import { TtcError } from '../core/index.ts';
import type { Ggml, Pointer } from './ffi.ts';

export interface Arena extends Disposable {
  /** Raised when memory moved: graphs placed under an older number must not run. */
  readonly generation: number;
  readonly bytes: number;
  /** Gives every tensor of a graph its address. @throws E_MEMORY */
  place(graph: Pointer): void;
}

export function createArena(ggml: Ggml, bufferType: Pointer): Arena {
  const allocator = ggml.gallocr_new(bufferType);
  let bytes = 0;
  let generation = 0;
  return {
    get generation() {
      return generation;
    },
    get bytes() {
      return bytes;
    },
    place(graph) {
      // The allocator takes a graph with as many nodes and leaves for the one before and reuses its plan, although
      // weights and inputs may come in another order: it then writes through a plan that is not there. Plan anew.
      const placed = ggml.gallocr_reserve(allocator, graph) && ggml.gallocr_alloc_graph(allocator, graph);
      const now = ggml.gallocr_get_buffer_size(allocator, 0);
      if (now !== bytes) generation++;
      bytes = now;
      if (!placed) throw new TtcError('E_MEMORY', 'no memory for a pass', { help: 'use shorter prompts' });
    },
    [Symbol.dispose]: () => ggml.gallocr_free(allocator),
  };
}
