/** n-grams of one length on both sides of a comparison. */
export interface GramCounts {
  /** How many the prediction has, and how many the reference has. */
  predicted: number;
  expected: number;
  /** Size of the intersection of the two multisets. */
  matched: number;
}

const unknown = -1;

/** Slots that a table has before it grows: nearly all grams of a short text are different, of a long one few are. */
const largestAtOnce = 2 ** 14;

/** Grams by their beginning and their last token: an open-addressing table of typed arrays that grows. */
function createGramTable(size: number, alphabet: number) {
  let bits = Math.ceil(Math.log2(Math.max(2, size)));
  // A beginning's number times the alphabet may be more than 32 bits hold.
  let keys = new Float64Array(2 ** bits).fill(unknown);
  let grams = new Int32Array(2 ** bits);
  let count = 0;

  function slotOf(beginning: number, token: number, key: number): number {
    let slot = (Math.imul(beginning, 0x9e3779b1) ^ Math.imul(token, 0x85ebca6b)) >>> (32 - bits);
    while (keys[slot] !== unknown && keys[slot] !== key) slot = (slot + 1) & (keys.length - 1);
    return slot;
  }

  function put(slot: number, key: number, gram: number): void {
    keys[slot] = key;
    grams[slot] = gram;
  }

  function grow(): void {
    const [oldKeys, oldGrams] = [keys, grams];
    bits++;
    keys = new Float64Array(2 ** bits).fill(unknown);
    grams = new Int32Array(2 ** bits);
    oldKeys.forEach((key, slot) => {
      if (key === unknown) return;
      const beginning = Math.floor(key / alphabet);
      put(slotOf(beginning, key - beginning * alphabet, key), key, oldGrams[slot] as number);
    });
  }

  return {
    find(beginning: number, token: number): number {
      const key = beginning * alphabet + token;
      const slot = slotOf(beginning, token, key);
      return keys[slot] === key ? (grams[slot] as number) : unknown;
    },
    /** The gram's number: `fresh` where it is new. */
    add(beginning: number, token: number, fresh: number): number {
      const key = beginning * alphabet + token;
      const slot = slotOf(beginning, token, key);
      if (keys[slot] === key) return grams[slot] as number;
      put(slot, key, fresh);
      if (++count * 2 > keys.length) grow();
      return fresh;
    },
  };
}

/** Counts of the n-grams of a prediction's tokens, from 1 token on. */
export type GramMatcher = (predicted: readonly string[]) => GramCounts[];

/** Numbers the n-grams of 1 … `orders` tokens of a reference once, for any number of predictions. */
export function prepareGrams(expected: readonly string[], orders: number): GramMatcher {
  const numbers = new Map<string, number>();
  for (const token of expected) if (!numbers.has(token)) numbers.set(token, numbers.size);
  const alphabet = numbers.size;
  const most = expected.length * orders;
  const table = createGramTable(Math.min(2 * most, largestAtOnce), alphabet);
  /** How often each gram occurs; single tokens come first. */
  const counts = new Int32Array(Math.max(alphabet, most));
  const tokens = Int32Array.from(expected, (token) => numbers.get(token) as number);
  let grams = alphabet;
  for (let start = 0; start < tokens.length; start++) {
    const end = Math.min(tokens.length, start + orders);
    let gram = tokens[start] as number;
    for (let at = start; at < end; at++) {
      if (at > start) gram = table.add(gram, tokens[at] as number, grams);
      if (gram === grams) grams++;
      counts[gram] = (counts[gram] as number) + 1;
    }
  }
  return (predicted) => {
    const open = counts.slice(0, grams);
    const matched = new Int32Array(orders);
    const own = new Int32Array(predicted.length);
    for (let i = 0; i < own.length; i++) own[i] = numbers.get(predicted[i] as string) ?? unknown;
    for (let start = 0; start < own.length; start++) {
      const end = Math.min(own.length, start + orders);
      let gram = own[start] as number;
      // A gram can only match where its beginning does.
      for (let at = start; at < end; at++) {
        if (at > start) gram = own[at] === unknown ? unknown : table.find(gram, own[at] as number);
        if (gram === unknown) break;
        if (open[gram] === 0) continue;
        open[gram] = (open[gram] as number) - 1;
        matched[at - start] = (matched[at - start] as number) + 1;
      }
    }
    return Array.from(matched, (count, shorter) => ({
      predicted: Math.max(0, predicted.length - shorter),
      expected: Math.max(0, expected.length - shorter),
      matched: count,
    }));
  };
}

/** Counts of the n-grams of 1 … `orders` tokens. */
export const matchGrams = (predicted: readonly string[], expected: readonly string[], orders: number): GramCounts[] =>
  prepareGrams(expected, orders)(predicted);

/** Keeps what was prepared for the last text: many predictions are held against one reference, one after the other. */
export function lastPrepared<T>(prepare: (text: string) => T): (text: string) => T {
  let last: { text: string; prepared: T } | undefined;
  return (text) => {
    if (last?.text !== text) last = { text, prepared: prepare(text) };
    return last.prepared;
  };
}
