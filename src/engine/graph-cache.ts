/** Graphs by the key of their step; the one not used for longest goes first. */
import type { Graph } from './graph.ts';

/** What is kept of a graph. */
interface Placed {
  free(): void;
}

export interface GraphCache<G extends Placed = Graph> extends Disposable {
  readonly size: number;
  /** Graphs built so far. */
  readonly built: number;
  /** The graph of this key; `generation` is the arena's after building. */
  get(key: string, build: () => G, generation: () => number): G;
  /** Drops all graphs: a buffer they refer to goes. */
  clear(): void;
}

export function createGraphCache<G extends Placed = Graph>(limit = 48): GraphCache<G> {
  const graphs = new Map<string, { graph: G; generation: number }>();
  let built = 0;

  function clear(): void {
    for (const { graph } of graphs.values()) graph.free();
    graphs.clear();
  }

  function add(key: string, build: () => G, generation: () => number): G {
    const graph = build();
    built++;
    // Building may have moved the arena: every older graph then points to memory that is gone.
    const now = generation();
    if ([...graphs.values()].some((entry) => entry.generation !== now)) clear();
    graphs.set(key, { graph, generation: now });
    if (graphs.size > limit) {
      const [oldest, entry] = graphs.entries().next().value as [string, { graph: G }];
      entry.graph.free();
      graphs.delete(oldest);
    }
    return graph;
  }

  return {
    get size() {
      return graphs.size;
    },
    get built() {
      return built;
    },
    get(key, build, generation) {
      const found = graphs.get(key);
      if (!found) return add(key, build, generation);
      graphs.delete(key);
      graphs.set(key, found);
      return found.graph;
    },
    clear,
    [Symbol.dispose]: clear,
  };
}
