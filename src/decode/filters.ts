/** Logit and probability filters of the sampler. Probability filters change their argument and renormalise it. */

/** exp(logit / temperature), normalised: [vocabulary]. `maximum` is the largest logit. */
export function softmax(logits: ArrayLike<number>, temperature: number, maximum: number): Float64Array {
  const result = new Float64Array(logits.length);
  let sum = 0;
  for (let id = 0; id < result.length; id++) {
    const weight = Math.exp(((logits[id] as number) - maximum) / temperature);
    // NaN logits get no mass
    result[id] = Number.isNaN(weight) ? 0 : weight;
    sum += result[id] as number;
  }
  return scale(result, 1 / sum);
}

/** CTRL (arXiv:1909.05858) eq. 6: logits of ids seen before lose `penalty` towards less likely. A copy. */
export function penalise(logits: Float32Array, history: readonly number[], penalty: number): Float32Array {
  const result = Float32Array.from(logits);
  for (const id of new Set(history)) {
    const logit = result[id];
    if (logit !== undefined) result[id] = logit > 0 ? logit / penalty : logit * penalty;
  }
  return result;
}

/** Keeps the k most probable ids; lower ids win ties. */
export function keepTopK(distribution: Float64Array, k: number): void {
  if (k >= distribution.length) return;
  keepOnly(distribution, descending(distribution, (count) => count >= k).slice(0, k));
}

/**
 * Keeps the smallest set of most probable ids with mass >= p, at least one (nucleus sampling, arXiv:1904.09751).
 * Sums are compared with a tolerance of 1e-9, so that .5 + .3 counts as .8.
 */
export function keepTopP(distribution: Float64Array, p: number): void {
  const ids = descending(distribution, (_, mass) => mass >= p);
  let mass = 0;
  let count = 0;
  while (count < ids.length && (count === 0 || mass < p - 1e-9)) {
    mass += distribution[ids[count] as number] as number;
    count++;
  }
  keepOnly(distribution, ids.slice(0, count));
}

/** Keeps ids with at least `share` of the largest probability (arXiv:2407.01082). */
export function keepMinP(distribution: Float64Array, share: number): void {
  let top = 0;
  for (const value of distribution) if (value > top) top = value;
  let sum = 0;
  for (let id = 0; id < distribution.length; id++) {
    if ((distribution[id] as number) < top * share) distribution[id] = 0;
    sum += distribution[id] as number;
  }
  scale(distribution, 1 / sum);
}

/**
 * The most probable ids in descending order (lower id first on ties), long enough that `enough(count, mass)` holds,
 * or all ids with any mass. Sorting only what lies above a falling threshold keeps a 150,000-token vocabulary cheap.
 */
function descending(distribution: Float64Array, enough: (count: number, mass: number) => boolean): number[] {
  let threshold = 0;
  for (const value of distribution) if (value > threshold) threshold = value;
  for (let step = 32; ; step *= step) {
    threshold /= step;
    const ids: number[] = [];
    let mass = 0;
    for (let id = 0; id < distribution.length; id++) {
      const value = distribution[id] as number;
      if (value <= threshold) continue;
      ids.push(id);
      mass += value;
    }
    if (threshold === 0 || enough(ids.length, mass))
      return ids.sort((a, b) => (distribution[b] as number) - (distribution[a] as number) || a - b);
  }
}

function keepOnly(distribution: Float64Array, ids: readonly number[]): void {
  const kept = ids.map((id) => distribution[id] as number);
  const mass = kept.reduce((sum, value) => sum + value, 0);
  distribution.fill(0);
  ids.forEach((id, index) => {
    distribution[id] = (kept[index] as number) / mass;
  });
}

function scale(values: Float64Array, factor: number): Float64Array {
  for (let i = 0; i < values.length; i++) values[i] = (values[i] as number) * factor;
  return values;
}
