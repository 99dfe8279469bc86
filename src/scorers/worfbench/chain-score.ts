import { noOverlap, type PrecisionRecall, precisionRecall } from '../precision-recall.ts';
import type { GoldPlan } from './gold-plan.ts';
import { matchNodes, type SimilarityMatrix } from './node-similarity.ts';
import { isTerminal, type Plan } from './plan.ts';

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
export function chainScore(plan: Plan, gold: GoldPlan, similarity: SimilarityMatrix): PrecisionRecall {
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
