/** Graphs by the key of their step; the one not used for longest goes first. */
import type { Graph } from './graph.ts';

/** What is kept of a graph. */
interface Placed {
  free(): void;
}

/** What a graph is built for. */
export interface GraphUse {
  key: string;
  /** KV buffers that it refers to. */
  buffers: readonly number[];
}

export interface GraphCache<G extends Placed = Graph> extends Disposable {
  readonly size: number;
  /** Graphs built so far. */
  readonly built: number;
  /** The graph for this use; `generation` is the arena's, which building may raise. */
  get(use: GraphUse, build: () => G, generation: () => number): G;
  /** Drops the graphs that refer to this KV buffer: it goes. */
  dropBuffer(id: number): void;
}

/**
 * @param limit 16: a call walks along its buckets of 64 slots with a few row counts each, and comes back to none. A
 *   graph of a small model takes 0.25 MiB: with 48 of them the process grew by 17 MiB from the 20th to the 100th call
 */
export function createGraphCache<G extends Placed = Graph>(limit = 16): GraphCache<G> {
  const graphs = new Map<string, { graph: G; generation: number; buffers: readonly number[] }>();
  let built = 0;

  function clear(): void {
    for (const { graph } of graphs.values()) graph.free();
    graphs.clear();
  }

  function drop(key: string, { graph }: { graph: G }): void {
    graph.free();
    graphs.delete(key);
  }

  function add({ key, buffers }: GraphUse, build: () => G, generation: () => number): G {
    const graph = build();
    built++;
    // Building may have moved the arena: every older graph then points to memory that is gone.
    const now = generation();
    if ([...graphs.values()].some((entry) => entry.generation !== now)) clear();
    graphs.set(key, { graph, generation: now, buffers });
    if (graphs.size > limit) drop(...(graphs.entries().next().value as [string, { graph: G }]));
    return graph;
  }

  return {
    get size() {
      return graphs.size;
    },
    get built() {
      return built;
    },
    get(use, build, generation) {
      const found = graphs.get(use.key);
      // A graph that found no room moved the arena and is not here to tell.
      if (found && found.generation !== generation()) clear();
      else if (found) {
        graphs.delete(use.key);
        graphs.set(use.key, found);
        return found.graph;
      }
      return add(use, build, generation);
    },
    dropBuffer(id) {
      for (const [key, entry] of graphs) if (entry.buffers.includes(id)) drop(key, entry);
    },
    [Symbol.dispose]: clear,
  };
}
