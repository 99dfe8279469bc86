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

/** Words, or code points. */
export type Tokens = ArrayLike<string | number>;

/** Counts of the n-grams of a prediction's tokens, from 1 token on. */
export type GramMatcher = (predicted: Tokens) => GramCounts[];

/** Numbers the n-grams of 1 … `orders` tokens of a reference once, for any number of predictions. */
export function prepareGrams(expected: Tokens, orders: number): GramMatcher {
  const numbers = new Map<string | number, number>();
  const tokens = new Int32Array(expected.length);
  for (let i = 0; i < tokens.length; i++) {
    const token = expected[i] as string | number;
    const known = numbers.get(token);
    tokens[i] = known ?? numbers.size;
    if (known === undefined) numbers.set(token, numbers.size);
  }
  const alphabet = numbers.size;
  const most = expected.length * orders;
  const table = createGramTable(Math.min(2 * most, largestAtOnce), alphabet);
  /** How often each gram occurs; single tokens come first. */
  const counts = new Int32Array(Math.max(alphabet, most));
  /** The gram without its first token, and how many tokens it has. */
  const shorter = new Int32Array(counts.length).fill(unknown);
  const lengths = new Uint8Array(counts.length).fill(1);
  let grams = alphabet;
  /** The grams of 1, 2 … tokens that end before the current one. */
  const before = new Int32Array(orders);
  for (let at = 0; at < tokens.length; at++) {
    const longest = Math.min(at + 1, orders);
    let beginning = unknown;
    let suffix = unknown;
    for (let length = 1; length <= longest; length++) {
      let gram = tokens[at] as number;
      if (length > 1) gram = table.add(beginning, gram, grams);
      if (gram === grams) {
        grams++;
        shorter[gram] = suffix;
        lengths[gram] = length;
      }
      counts[gram] = (counts[gram] as number) + 1;
      beginning = before[length - 1] as number;
      before[length - 1] = gram;
      suffix = gram;
    }
  }
  return (predicted) => {
    const open = counts.slice(0, grams);
    const matched = new Int32Array(orders);
    // The longest gram of the reference that ends here. Every shorter one that ends here is in the reference, too.
    let gram = unknown;
    for (let at = 0; at < predicted.length; at++) {
      const token = numbers.get(predicted[at] as string | number) ?? unknown;
      let longer = unknown;
      for (; gram !== unknown && token !== unknown; gram = shorter[gram] as number) {
        if (lengths[gram] === orders) continue;
        longer = table.find(gram, token);
        if (longer !== unknown) break;
      }
      gram = longer === unknown ? token : longer;
      for (let one = gram; one !== unknown; one = shorter[one] as number) {
        if (open[one] === 0) continue;
        open[one] = (open[one] as number) - 1;
        const order = (lengths[one] as number) - 1;
        matched[order] = (matched[order] as number) + 1;
      }
    }
    return Array.from(matched, (count, less) => ({
      predicted: Math.max(0, predicted.length - less),
      expected: Math.max(0, expected.length - less),
      matched: count,
    }));
  };
}

/** Counts of the n-grams of 1 … `orders` tokens. */
export const matchGrams = (predicted: Tokens, expected: Tokens, orders: number): GramCounts[] =>
  prepareGrams(expected, orders)(predicted);

/** Keeps what was prepared for the last text: many predictions are held against one reference, one after the other. */
export function lastPrepared<T>(prepare: (text: string) => T): (text: string) => T {
  let last: { text: string; prepared: T } | undefined;
  return (text) => {
    if (last?.text !== text) last = { text, prepared: prepare(text) };
    return last.prepared;
  };
}
