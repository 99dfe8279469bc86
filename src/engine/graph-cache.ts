/** Graphs by the key of their step; the one not used for longest goes first. */
import type { Graph } from './graph.ts';

export interface GraphCache extends Disposable {
  readonly size: number;
  /** Graphs built so far. */
  readonly built: number;
  /** The graph of this key; `generation` is the arena's after building. */
  get(key: string, build: () => Graph, generation: () => number): Graph;
  /** Drops all graphs: a buffer they refer to goes. */
  clear(): void;
}

export function createGraphCache(limit = 48): GraphCache {
  const graphs = new Map<string, { graph: Graph; generation: number }>();
  let built = 0;

  function clear(): void {
    for (const { graph } of graphs.values()) graph.free();
    graphs.clear();
  }

  function add(key: string, build: () => Graph, generation: () => number): Graph {
    const graph = build();
    built++;
    // Building may have moved the arena: every older graph then points to memory that is gone.
    const now = generation();
    if ([...graphs.values()].some((entry) => entry.generation !== now)) clear();
    graphs.set(key, { graph, generation: now });
    if (graphs.size > limit) {
      const [oldest, entry] = graphs.entries().next().value as [string, { graph: Graph }];
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
