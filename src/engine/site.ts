/** The place where a graph is put together: its context, its inputs, and what its parts share. */
import type { Ggml, Pointer } from './ffi.ts';

/** A graph under construction. */
export interface Site {
  readonly ggml: Ggml;
  readonly context: Pointer;
  readonly graph: Pointer;
  /** Numbers from 0, as many as a matrix has equal tiles. */
  readonly tileNumbers: Pointer;
  /** A tensor that is written before the graph runs. */
  input(type: number, first: number, second?: number, third?: number, fourth?: number): Pointer;
  /** What several parts of the graph share; the key says what it is. */
  once<T>(key: string, make: () => T): T;
  /** Runs what leads to the tensor, at this place among the others. */
  run(tensor: Pointer): void;
  /** A result that must survive until it is read. */
  output(tensor: Pointer): Pointer;
}

/** Bytes of an F32 value, the type of all rows between matrices. */
export const floatBytes = 4;

/** @param nodes upper bound of the tensors that the graph takes */
export function createSite(ggml: Ggml, tileNumbers: Pointer, nodes: number): Site {
  const context = ggml.init({
    mem_size: nodes * ggml.tensor_overhead() + ggml.graph_overhead_custom(nodes, false),
    mem_buffer: null,
    no_alloc: true,
  });
  const graph = ggml.new_graph_custom(context, nodes, false);
  const shared = new Map<string, unknown>();
  const run = (tensor: Pointer) => ggml.build_forward_expand(graph, tensor);
  return {
    ggml,
    context,
    graph,
    tileNumbers,
    run,
    input(type, first, second = 1, third = 1, fourth = 1) {
      const tensor = ggml.new_tensor_4d(context, type, first, second, third, fourth);
      ggml.set_input(tensor);
      return tensor;
    },
    once<T>(key: string, make: () => T): T {
      const found = (shared.get(key) as T | undefined) ?? make();
      shared.set(key, found);
      return found;
    },
    output(tensor) {
      ggml.set_output(tensor);
      run(tensor);
      return tensor;
    },
  };
}
