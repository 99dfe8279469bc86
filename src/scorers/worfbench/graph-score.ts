import { noOverlap, type PrecisionRecall } from '../precision-recall.ts';
import type { Plan } from './plan.ts';

/** Number of nodes in the largest component of an undirected graph. */
function largestComponent(nodes: readonly number[], edges: readonly (readonly [number, number])[]): number {
  const parent = new Map(nodes.map((node) => [node, node]));
  const root = (node: number): number => {
    let top = node;
    while (parent.get(top) !== top) top = parent.get(top) as number;
    for (let at = node; at !== top; ) {
      const next = parent.get(at) as number;
      parent.set(at, top);
      at = next;
    }
    return top;
  };
  for (const [from, to] of edges) parent.set(root(from), root(to));
  const sizes = new Map<number, number>();
  let largest = 0;
  for (const node of nodes) {
    const size = (sizes.get(root(node)) ?? 0) + 1;
    sizes.set(root(node), size);
    largest = Math.max(largest, size);
  }
  return largest;
}

type Edges = Plan['edges'];
const nameOf = ([from, to]: readonly [number, number]) => `${from},${to}`;

function within(edges: Edges, nodes: ReadonlySet<number>): Edges {
  return edges.filter(([from, to]) => nodes.has(from) && nodes.has(to));
}

/** P and R from the largest components on either side; the denominators count START and END. */
function componentScore(predicted: number, expected: number, plan: Plan, gold: Plan): PrecisionRecall {
  const precision = predicted / plan.nodes.length;
  const recall = expected / gold.nodes.length;
  return precision + recall > 0
    ? { precision, recall, f1: (2 * precision * recall) / (precision + recall) }
    : { ...noOverlap };
}

/** f1_graph: the largest component of the edges that both plans have, as the same index pair, among matched nodes. */
export function graphScore(plan: Plan, gold: Plan, mapping: readonly number[]): PrecisionRecall {
  const matched = new Set(mapping.flatMap((column, row) => (column >= 0 ? [row] : [])));
  const matchedGold = new Set(mapping.filter((column) => column >= 0));
  const goldEdges = new Set(within(gold.edges, matchedGold).map(nameOf));
  const common = within(plan.edges, matched).filter((pair) => goldEdges.has(nameOf(pair)));
  return componentScore(largestComponent([...matched], common), largestComponent([...matchedGold], common), plan, gold);
}

/** f1_graph_mapped: the same after every predicted edge was translated to the gold's indices. */
export function mappedGraphScore(plan: Plan, gold: Plan, mapping: readonly number[]): PrecisionRecall {
  const goldEdges = new Set(gold.edges.map(nameOf));
  const translated = plan.edges.map(([from, to]) => [mapping[from] ?? -1, mapping[to] ?? -1] as const);
  const common = translated.filter((pair) => goldEdges.has(nameOf(pair)));
  const size = largestComponent(
    mapping.filter((column) => column >= 0),
    common,
  );
  return componentScore(size, size, plan, gold);
}
