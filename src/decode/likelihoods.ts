/** Log-probabilities of picked tokens, where a call asks for them. */
import type { Tokenizer, TokenLogprob, TokenLogprobs } from '../core/index.ts';

export interface Likelihoods {
  /** Keeps what the model gave the token that was picked from this row. */
  note(id: number, logits: Float32Array): void;
  /** Those of the next so many tokens, in the order in which they were picked; empty where none are wanted. */
  take(count: number): TokenLogprobs[];
}

/**
 * They are the model's own, in nats: before temperature, penalty and filters.
 * @param wanted how many of the most likely tokens to name; undefined: no log-probabilities at all
 */
export function createLikelihoods(tokenizer: Pick<Tokenizer, 'decode'>, wanted: number | undefined): Likelihoods {
  const noted: TokenLogprobs[] = [];
  const named = (id: number, logprob: number): TokenLogprob => ({ id, logprob, text: tokenizer.decode([id]) });
  return {
    note(id, logits) {
      if (wanted === undefined) return;
      const normaliser = logSumExp(logits);
      const of = (token: number) => (logits[token] as number) - normaliser;
      const top = largest(logits, wanted).map((token) => named(token, of(token)));
      noted.push({ ...named(id, of(id)), top });
    },
    take: (count) => noted.splice(0, count),
  };
}

/** ln Σ exp(x), without overflow. */
function logSumExp(logits: Float32Array): number {
  const most = logits.reduce((best, value) => Math.max(best, value), Number.NEGATIVE_INFINITY);
  let sum = 0;
  for (const value of logits) sum += Math.exp(value - most);
  return most + Math.log(sum);
}

/** Indices of the `count` largest values in order, the lower index first on ties. */
function largest(values: Float32Array, count: number): number[] {
  const best: number[] = [];
  if (count === 0) return best;
  const at = (index: number) => values[index] as number;
  for (let index = 0; index < values.length; index++) {
    if (best.length === count && !(at(index) > at(best.at(-1) as number))) continue;
    const place = best.findIndex((other) => at(index) > at(other));
    best.splice(place < 0 ? best.length : place, 0, index);
    if (best.length > count) best.pop();
  }
  return best;
}
