import type { Scores } from '../../core/index.ts';
import { noOverlap, type PrecisionRecall, precisionRecall } from '../precision-recall.ts';
import { chainScore } from './chain-score.ts';
import type { GoldPlan } from './gold-plan.ts';
import { graphScore, mappedGraphScore } from './graph-score.ts';
import { lexicalSimilarity, matchNodes, type SimilarityMatrix } from './node-similarity.ts';
import { isTerminal, type Plan } from './plan.ts';

export interface PlanScores {
  /** f1_nodes, our own: steps that were matched, whatever their order. START and END do not count. */
  nodes: PrecisionRecall;
  /** f1_chain: the longest part of the plan that follows one of the gold's orders. */
  chain: PrecisionRecall;
  /** f1_graph, as the official program computes it: over raw index pairs. */
  graph: PrecisionRecall;
  /** f1_graph_mapped, our own: predicted edges are translated through the node matching first. */
  graphMapped: PrecisionRecall;
  /** The plan could not be read, or has no step. */
  parseError: boolean;
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
    return {
      nodes: { ...noOverlap },
      chain: { ...noOverlap },
      graph: { ...noOverlap },
      graphMapped: { ...noOverlap },
      parseError: true,
    };
  const mapping = matchNodes(similarity, allIndices(plan.nodes), allIndices(gold.nodes));
  const steps = allIndices(plan.nodes).filter((index) => !isTerminal(plan.nodes[index] as string));
  const matched = steps.filter((index) => !isTerminal(gold.nodes[mapping[index] as number] ?? 'START'));
  const wanted = gold.nodes.filter((node) => !isTerminal(node));
  return {
    nodes: precisionRecall(matched.length, steps.length, wanted.length),
    chain: chainScore(plan, gold, similarity),
    graph: graphScore(plan, gold, mapping),
    graphMapped: mappedGraphScore(plan, gold, mapping),
    parseError: plan.nodes.every(isTerminal),
  };
}

/** The scores under the names of their metrics. */
export function planMetrics({ nodes, chain, graph, graphMapped, parseError }: PlanScores): Scores {
  return {
    f1_chain: chain.f1,
    precision_chain: chain.precision,
    recall_chain: chain.recall,
    f1_graph: graph.f1,
    precision_graph: graph.precision,
    recall_graph: graph.recall,
    f1_graph_mapped: graphMapped.f1,
    f1_nodes: nodes.f1,
    parse_error: parseError ? 1 : 0,
  };
}
