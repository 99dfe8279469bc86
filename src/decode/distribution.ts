/** Drawing from distributions, and log-probabilities of raw logits. */
import type { Random, TokenLogprobs } from '../core/index.ts';

/** One draw by the inverse of the cumulative sum in ascending ids. Takes one uniform number. */
export function sampleFrom(distribution: ArrayLike<number>, random: Random): number {
  const target = random();
  let sum = 0;
  let last = 0;
  for (let id = 0; id < distribution.length; id++) {
    const value = distribution[id] as number;
    if (!(value > 0)) continue;
    sum += value;
    if (target < sum) return id;
    last = id;
  }
  // rounding may leave the sum just below 1
  return last;
}

/**
 * Log-probability (natural log) of a token and of the `count` most likely ones under the raw logits:
 * temperature 1, no penalty, no filter.
 */
export function topLogprobs(logits: ArrayLike<number>, id: number, count: number): TokenLogprobs {
  const normaliser = logSumExp(logits);
  const logprob = (token: number) => (logits[token] as number) - normaliser;
  const top = largestIds(logits, count).map((token) => ({ id: token, logprob: logprob(token) }));
  return { id, logprob: logprob(id), top };
}

/** ln Σ exp(logit), without overflow. */
export function logSumExp(logits: ArrayLike<number>): number {
  let maximum = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < logits.length; i++) if ((logits[i] as number) > maximum) maximum = logits[i] as number;
  let sum = 0;
  for (let i = 0; i < logits.length; i++) sum += Math.exp((logits[i] as number) - maximum);
  return maximum + Math.log(sum);
}

/** Ids of the `count` largest values, largest first, lower id first on ties. Insertion into a short list. */
function largestIds(values: ArrayLike<number>, count: number): number[] {
  const ids: number[] = [];
  for (let id = 0; id < values.length; id++) {
    const value = values[id] as number;
    if (ids.length === count && (count === 0 || value <= (values[ids[count - 1] as number] as number))) continue;
    let at = ids.length;
    while (at > 0 && (values[ids[at - 1] as number] as number) < value) at--;
    ids.splice(at, 0, id);
    if (ids.length > count) ids.pop();
  }
  return ids;
}
