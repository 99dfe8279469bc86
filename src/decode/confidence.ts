/** How sure a model is of its next token, read off raw logits (temperature 1, no penalty, no filter). */

/** Probability of the most likely token: [0, 1]. */
export const topProbability = (logits: ArrayLike<number>): number => leaders(logits)[0];

/** Probability of the most likely token less that of the second: [0, 1]. */
export function probabilityMargin(logits: ArrayLike<number>): number {
  const [first, second] = leaders(logits);
  return first - second;
}

/** Probabilities of the two most likely tokens. NaN logits count as impossible. */
function leaders(logits: ArrayLike<number>): [first: number, second: number] {
  let first = Number.NEGATIVE_INFINITY;
  let second = Number.NEGATIVE_INFINITY;
  for (let id = 0; id < logits.length; id++) {
    const logit = logits[id] as number;
    if (logit > first) {
      second = first;
      first = logit;
    } else if (logit > second) second = logit;
  }
  let sum = 0;
  for (let id = 0; id < logits.length; id++) {
    const weight = Math.exp((logits[id] as number) - first);
    if (!Number.isNaN(weight)) sum += weight;
  }
  return [1 / sum, Math.exp(second - first) / sum];
}

/** Cosine of the angle between two rows; 0 where one of them is zero. */
export function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let dot = 0;
  let squareA = 0;
  let squareB = 0;
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] as number, b[i] as number];
    dot += x * y;
    squareA += x * x;
    squareB += y * y;
  }
  return squareA > 0 && squareB > 0 ? dot / Math.sqrt(squareA * squareB) : 0;
}
