/** The adjacency of a plan: duplicate edges collapsed, successors in the order of their first mention. */
function successorsOf(size: number, edges: readonly (readonly [number, number])[]): number[][] {
  const successors = Array.from({ length: size }, () => new Set<number>());
  for (const [from, to] of edges) successors[from]?.add(to);
  return successors.map((set) => [...set]);
}

/**
 * The first `limit` topological orders of a graph with nodes 0 … size−1, in the order of D. E. Knuth and
 * J. L. Szwarcfiter 1974, "A structured program to generate all topological sorting arrangements", run over a deque:
 * the cut to 20 orders in WorfBench makes the order of enumeration part of the score.
 *
 * @returns fewer than `limit` orders where there are no more; none where the graph has a cycle.
 */
export function topologicalOrders(
  size: number,
  edges: readonly (readonly [number, number])[],
  limit: number,
): number[][] {
  const successors = successorsOf(size, edges);
  const waiting = new Array<number>(size).fill(0);
  for (const node of successors.flat()) waiting[node] = (waiting[node] as number) + 1;
  const ready = waiting.flatMap((count, node) => (count === 0 ? [node] : []));
  const bases: number[] = [];
  const current: number[] = [];
  const orders: number[][] = [];

  /** Takes the rightmost ready node; false where none is left, which means a cycle. */
  function extend(): boolean {
    const node = ready.pop();
    if (node === undefined) return false;
    for (const next of successors[node] as number[]) {
      waiting[next] = (waiting[next] as number) - 1;
      if (waiting[next] === 0) ready.push(next);
    }
    current.push(node);
    if (bases.length < current.length) bases.push(node);
    return true;
  }

  /** Gives nodes back to the left of the deque until one level has a node that was not its first yet. */
  function retreat(): void {
    for (let node = current.pop(); node !== undefined; node = current.pop()) {
      for (const next of successors[node] as number[]) waiting[next] = (waiting[next] as number) + 1;
      while (ready.length > 0 && (waiting[ready.at(-1) as number] as number) > 0) ready.pop();
      ready.unshift(node);
      if (ready.at(-1) !== bases.at(-1)) return;
      bases.pop();
    }
  }

  do {
    if (current.length < size) {
      if (!extend()) return [];
      continue;
    }
    orders.push([...current]);
    retreat();
  } while (bases.length > 0 && orders.length < limit);
  return orders;
}
