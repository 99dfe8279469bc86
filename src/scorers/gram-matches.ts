/** n-grams of one length on both sides of a comparison. */
export interface GramCounts {
  /** How many the prediction has, and how many the reference has. */
  predicted: number;
  expected: number;
  /** Size of the intersection of the two multisets. */
  matched: number;
}

const unknown = -1;

/** Numbers pairs of integers in the order they are first added: an open-addressing table of typed arrays. */
function createPairTable(size: number) {
  const capacity = 2 ** Math.ceil(Math.log2(Math.max(2, size * 2)));
  const firsts = new Int32Array(capacity);
  const seconds = new Int32Array(capacity);
  const numbers = new Int32Array(capacity).fill(unknown);
  let count = 0;

  function slotOf(first: number, second: number): number {
    let mixed = Math.imul(first, 0x9e3779b1) ^ Math.imul(second, 0x85ebca6b);
    mixed ^= mixed >>> 15;
    let slot = mixed & (capacity - 1);
    while (numbers[slot] !== unknown && (firsts[slot] !== first || seconds[slot] !== second))
      slot = (slot + 1) & (capacity - 1);
    return slot;
  }

  return {
    find: (first: number, second: number) => numbers[slotOf(first, second)] as number,
    add(first: number, second: number): number {
      const slot = slotOf(first, second);
      if (numbers[slot] !== unknown) return numbers[slot] as number;
      firsts[slot] = first;
      seconds[slot] = second;
      numbers[slot] = count;
      return count++;
    },
  };
}

type PairTable = ReturnType<typeof createPairTable>;

/** Grams of one length in a reference. */
interface Grams {
  /** Their numbers, in the order of the text. */
  numbers: Int32Array;
  /** How often each occurs. */
  counts: Int32Array;
  /** Number of a gram by the number of its beginning and that of its last token; none for single tokens. */
  table?: PairTable;
}

function countsOf(numbers: Int32Array): Int32Array {
  const counts = new Int32Array(numbers.length);
  for (let i = 0; i < numbers.length; i++) {
    const gram = numbers[i] as number;
    counts[gram] = (counts[gram] as number) + 1;
  }
  return counts;
}

/** Grams one token longer: a gram is the number of its beginning and the number of its last token. */
function longerGrams({ numbers }: Grams, tokens: Int32Array, order: number): Grams {
  const table = createPairTable(tokens.length);
  const longer = new Int32Array(Math.max(0, numbers.length - 1));
  for (let i = 0; i < longer.length; i++) longer[i] = table.add(numbers[i] as number, tokens[i + order - 1] as number);
  return { numbers: longer, counts: countsOf(longer), table };
}

/** Numbers of a prediction's grams; those that the reference lacks are unknown. A gram is known where its beginning is. */
function findGrams(shorter: Int32Array, tokens: Int32Array, order: number, table: PairTable): Int32Array {
  const found = new Int32Array(Math.max(0, shorter.length - 1));
  for (let i = 0; i < found.length; i++)
    found[i] = shorter[i] === unknown ? unknown : table.find(shorter[i] as number, tokens[i + order - 1] as number);
  return found;
}

/** Size of the multiset intersection of a prediction's grams with the reference's. */
function intersect(predicted: Int32Array, counts: Int32Array): number {
  const open = counts.slice();
  let matched = 0;
  for (let i = 0; i < predicted.length; i++) {
    const gram = predicted[i] as number;
    if (gram === unknown || open[gram] === 0) continue;
    open[gram] = (open[gram] as number) - 1;
    matched++;
  }
  return matched;
}

/** Counts of the n-grams of a prediction's tokens, from 1 token on. */
export type GramMatcher = (predicted: readonly string[]) => GramCounts[];

/** Numbers the n-grams of 1 … `orders` tokens of a reference once, for any number of predictions. */
export function prepareGrams(expected: readonly string[], orders: number): GramMatcher {
  const numbers = new Map<string, number>();
  const tokens = new Int32Array(expected.length);
  for (let i = 0; i < tokens.length; i++) {
    const token = expected[i] as string;
    const known = numbers.get(token);
    if (known === undefined) numbers.set(token, numbers.size);
    tokens[i] = known ?? numbers.size - 1;
  }
  const grams: Grams[] = orders > 0 ? [{ numbers: tokens, counts: countsOf(tokens) }] : [];
  for (let order = 2; order <= orders; order++) grams.push(longerGrams(grams[order - 2] as Grams, tokens, order));
  return (predicted) => {
    const own = new Int32Array(predicted.length);
    for (let i = 0; i < own.length; i++) own[i] = numbers.get(predicted[i] as string) ?? unknown;
    let found: Int32Array = own;
    return grams.map(({ numbers: right, counts, table }, i) => {
      if (table) found = findGrams(found, own, i + 1, table);
      return { predicted: found.length, expected: right.length, matched: intersect(found, counts) };
    });
  };
}

/** Counts of the n-grams of 1 … `orders` tokens. A gram can only match where its beginning does. */
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
