/** How many KV slots each layer may keep. */

/** Sums like .8 × 105 end a hair above the whole number they mean. */
const hair = 1e-9;
const roundUp = (slots: number): number => Math.ceil(slots - hair);

/** Half a cosine from `first` at 0 to `last` at `steps` and beyond: last + (first − last) · ½(1 + cos(π·at/steps)). */
export function halfCosine(first: number, last: number, at: number, steps: number): number {
  if (at <= 0) return first;
  if (at >= steps) return last;
  return last + ((first - last) * (1 + Math.cos((Math.PI * at) / steps))) / 2;
}

/** Share of each layer, from `first` in layer 0 to `last` in the last one; their mean is (first + last) / 2. */
export function layerShares(first: number, last: number, layers: number): number[] {
  if (layers === 1) return [(first + last) / 2];
  return Array.from({ length: layers }, (_, layer) => halfCosine(first, last, layer, layers - 1));
}

/**
 * Whole numbers near `quotas` that sum to `total`: each quota rounded down, then one by one to the largest remainders,
 * the earlier one on ties, around again while any is left, and none above `most`.
 * @param total at least the sum of the quotas rounded down, at most `most` for each
 */
export function apportion(quotas: readonly number[], total: number, most = Number.POSITIVE_INFINITY): number[] {
  const seats = quotas.map((quota) => Math.min(most, Math.floor(quota + hair)));
  const remainders = quotas.map((quota, index) => quota - (seats[index] as number));
  const order = [...quotas.keys()].sort((a, b) => {
    const difference = (remainders[b] as number) - (remainders[a] as number);
    return Math.abs(difference) > hair ? difference : a - b;
  });
  let left = total - seats.reduce((sum, count) => sum + count, 0);
  while (left > 0) {
    const open = order.filter((index) => (seats[index] as number) < most).slice(0, left);
    if (open.length === 0) break;
    for (const index of open) seats[index] = (seats[index] as number) + 1;
    left -= open.length;
  }
  return seats;
}

/** Slots per layer after `tokens` tokens, of which the answer's `step` were decoded. */
export type KvBudget = (tokens: number, step: number) => readonly number[];

/** ⌈ratio · tokens⌉ in every layer. */
export function staticBudget(ratio: number, layers: number): KvBudget {
  return (tokens) => new Array(layers).fill(roundUp(ratio * tokens));
}

/** The same number in every layer, however many tokens come. */
export function fixedBudget(slots: number, layers: number): KvBudget {
  const budgets = new Array(layers).fill(slots);
  return () => budgets;
}

/** The static budget of the mean ratio, spread over the layers by a half cosine; the total is the same slot by slot. */
export function cosineOverLayers(first: number, last: number, layers: number): KvBudget {
  const shares = layerShares(first, last, layers);
  return (tokens) => {
    const quotas = shares.map((share) => share * tokens);
    return apportion(quotas, layers * roundUp(((first + last) / 2) * tokens), tokens);
  };
}

/** The static budget of a ratio that falls by a half cosine over the first `steps` decoded tokens. */
export function cosineOverSteps(first: number, last: number, layers: number, steps: number): KvBudget {
  return (tokens, step) => new Array(layers).fill(roundUp(halfCosine(first, last, step, steps) * tokens));
}

/** Most slots that a layer needs at a time: the whole prompt, and each budget with the token that is being added. */
export function slotsNeeded(budget: KvBudget, promptLength: number, maxTokens: number): number {
  let most = promptLength;
  for (let step = 1; step < maxTokens; step++) {
    const before = promptLength + step - 1;
    const held = budget(before, step - 1).reduce((largest, slots) => Math.max(largest, slots), 0);
    most = Math.max(most, Math.min(held, before) + 1);
  }
  return most;
}
