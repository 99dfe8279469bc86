import { type Scores, TtcError } from '../../core/index.ts';
import { noOverlap, type PrecisionRecall, precisionRecall } from '../precision-recall.ts';
import { lexicalSimilarity, matchNodes, type SimilarityMatrix } from './node-similarity.ts';
import { isTerminal, type Plan, parsePlan } from './plan.ts';
import { topologicalOrders } from './topological-orders.ts';

/** The official program looks at no more topological orders of a gold plan than these. */
const orderLimit = 20;
/** Gold plans of this many nodes, START and END included, are compared in their listed order alone. */
const longPlan = 10;

/** A gold plan with the orders its steps may be written in, as node indices. */
export interface GoldPlan extends Plan {
  orders: readonly (readonly number[])[];
}

export interface PlanScores {
  /** f1_chain: the longest part of the plan that follows one of the gold's orders. */
  chain: PrecisionRecall;
  /** f1_graph, as the official program computes it: over raw index pairs. */
  graph: PrecisionRecall;
  /** f1_graph_mapped, our own: predicted edges are translated through the node matching first. */
  graphMapped: PrecisionRecall;
  /** The plan could not be read, or has no step. */
  parseError: boolean;
}

/** @throws E_DATA where the text is no usable gold plan: unparsable, cyclic, or with an edge to a node it lacks. */
export function readGoldPlan(text: string): GoldPlan {
  const plan = parsePlan(text);
  if (!plan) throw new TtcError('E_DATA', 'the gold plan has no nodes or no edges');
  const missing = plan.edges.flat().find((index) => index >= plan.nodes.length);
  if (missing !== undefined)
    throw new TtcError('E_DATA', `the gold plan has an edge to node ${missing}, which it lacks`);
  const orders = goldOrders(plan);
  if (orders.length === 0) throw new TtcError('E_DATA', 'the gold plan has a cycle');
  return { ...plan, orders };
}

/** The orders that f1_chain compares with. Long plans keep START and END in theirs: an official quirk. */
function goldOrders({ nodes, edges }: Plan): number[][] {
  if (nodes.length >= longPlan) return [nodes.map((_, index) => index)];
  const orders = topologicalOrders(nodes.length, edges, orderLimit);
  return orders.map((order) => order.filter((index) => !isTerminal(nodes[index] as string)));
}

/** Length of the longest increasing subsequence of the matched positions (−1 = unmatched), by patience sorting. */
function longestIncreasing(positions: readonly number[]): number {
  const tails: number[] = [];
  for (const position of positions) {
    if (position < 0) continue;
    let [low, high] = [0, tails.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((tails[middle] as number) < position) low = middle + 1;
      else high = middle;
    }
    tails[low] = position;
  }
  return tails.length;
}

/**
 * f1_chain (arXiv 2410.07869, "f1_node" in the official code): against each gold order the longest increasing
 * subsequence of matched steps, never less than 1; the first order with the best F1 gives P, R and F1.
 */
function chainScore(plan: Plan, gold: GoldPlan, similarity: SimilarityMatrix): PrecisionRecall {
  const steps = plan.nodes.flatMap((node, index) => (isTerminal(node) ? [] : [index]));
  let best: PrecisionRecall = { ...noOverlap };
  if (steps.length === 0) return best;
  for (const order of gold.orders) {
    const length = Math.max(1, longestIncreasing(matchNodes(similarity, steps, order)));
    const score = precisionRecall(length, steps.length, order.length);
    if (score.f1 > best.f1) best = score;
  }
  return best;
}

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
function graphScore(plan: Plan, gold: Plan, mapping: readonly number[]): PrecisionRecall {
  const matched = new Set(mapping.flatMap((column, row) => (column >= 0 ? [row] : [])));
  const matchedGold = new Set(mapping.filter((column) => column >= 0));
  const goldEdges = new Set(within(gold.edges, matchedGold).map(nameOf));
  const common = within(plan.edges, matched).filter((pair) => goldEdges.has(nameOf(pair)));
  return componentScore(largestComponent([...matched], common), largestComponent([...matchedGold], common), plan, gold);
}

/** f1_graph_mapped: the same after every predicted edge was translated to the gold's indices. */
function mappedGraphScore(plan: Plan, gold: Plan, mapping: readonly number[]): PrecisionRecall {
  const goldEdges = new Set(gold.edges.map(nameOf));
  const translated = plan.edges.map(([from, to]) => [mapping[from] ?? -1, mapping[to] ?? -1] as const);
  const common = translated.filter((pair) => goldEdges.has(nameOf(pair)));
  const size = largestComponent(
    mapping.filter((column) => column >= 0),
    common,
  );
  return componentScore(size, size, plan, gold);
}

const allIndices = (nodes: readonly string[]) => nodes.map((_, index) => index);

/**
 * Scores a parsed plan (null = unparsable: zeros) against its gold. `similarity` is predicted × gold nodes, START and
 * END included; without one the score is lexical.
 */
export function scorePlan(
  gold: GoldPlan,
  plan: Plan | null,
  similarity: SimilarityMatrix = lexicalSimilarity(plan?.nodes ?? [], gold.nodes),
): PlanScores {
  if (!plan)
    return { chain: { ...noOverlap }, graph: { ...noOverlap }, graphMapped: { ...noOverlap }, parseError: true };
  const mapping = matchNodes(similarity, allIndices(plan.nodes), allIndices(gold.nodes));
  return {
    chain: chainScore(plan, gold, similarity),
    graph: graphScore(plan, gold, mapping),
    graphMapped: mappedGraphScore(plan, gold, mapping),
    parseError: plan.nodes.every(isTerminal),
  };
}

/** The scores under the names of their metrics. */
export function planMetrics({ chain, graph, graphMapped, parseError }: PlanScores): Scores {
  return {
    f1_chain: chain.f1,
    precision_chain: chain.precision,
    recall_chain: chain.recall,
    f1_graph: graph.f1,
    precision_graph: graph.precision,
    recall_graph: graph.recall,
    f1_graph_mapped: graphMapped.f1,
    parse_error: parseError ? 1 : 0,
  };
}
