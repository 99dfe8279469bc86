/** Which of many scores to keep: rules over the attention mass that tokens received. */

/** Sums that differ by no more than this count as equal: .5 + .3 reaches .8. */
const tolerance = 1e-9;

/** Indexes by falling score; ties: lower index first. What is no finite positive number weighs nothing. */
function byScore(scores: ArrayLike<number>): { order: number[]; weight: (index: number) => number; total: number } {
  const weights = Float64Array.from(scores, (score) => (Number.isFinite(score) && score > 0 ? score : 0));
  const order = Array.from(weights.keys()).sort((a, b) => (weights[b] as number) - (weights[a] as number) || a - b);
  return {
    order,
    weight: (index) => weights[index] as number,
    total: weights.reduce((sum, weight) => sum + weight, 0),
  };
}

const ascending = (indexes: number[]): number[] => indexes.sort((a, b) => a - b);

/** Indexes of the `count` largest scores, ascending; ties go to the lower index. */
export function largest(scores: ArrayLike<number>, count: number): number[] {
  return ascending(byScore(scores).order.slice(0, Math.max(0, count)));
}

/**
 * Indexes, ascending, of the smallest set of scores that sums to at least `share` of all, but of at least `least`
 * scores. A share of 1 keeps everything, and so do scores without any mass.
 */
export function largestShare(scores: ArrayLike<number>, share: number, least = 0): number[] {
  const { order, weight, total } = byScore(scores);
  if (share >= 1 || total === 0) return ascending(order);
  let mass = 0;
  let count = 0;
  while (count < order.length && mass < share * total - tolerance * total) mass += weight(order[count++] as number);
  return ascending(order.slice(0, Math.max(count, least)));
}

/** −Σ a ln a of the scores made to sum to 1, in nats; 0 where there is no mass. */
export function entropyOf(scores: ArrayLike<number>): number {
  const { order, weight, total } = byScore(scores);
  if (total === 0) return 0;
  const nats = order.reduce((sum, index) => {
    const part = weight(index) / total;
    return part > 0 ? sum - part * Math.log(part) : sum;
  }, 0);
  return Math.max(0, nats);
}
