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
    clear(): void {
      numbers.fill(unknown);
      count = 0;
    },
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

/** Tokens as numbers; a token of the prediction that the reference lacks is unknown. */
function numberTokens(predicted: readonly string[], expected: readonly string[]): [Int32Array, Int32Array] {
  const numbers = new Map<string, number>();
  const right = new Int32Array(expected.length);
  for (let i = 0; i < right.length; i++) {
    const token = expected[i] as string;
    const known = numbers.get(token);
    if (known === undefined) numbers.set(token, numbers.size);
    right[i] = known ?? numbers.size - 1;
  }
  const left = new Int32Array(predicted.length);
  for (let i = 0; i < left.length; i++) left[i] = numbers.get(predicted[i] as string) ?? unknown;
  return [left, right];
}

/** Size of the multiset intersection of numbered grams. */
function intersect(left: Int32Array, right: Int32Array): number {
  const open = new Int32Array(right.length);
  for (let i = 0; i < right.length; i++) open[right[i] as number] = (open[right[i] as number] as number) + 1;
  let matched = 0;
  for (let i = 0; i < left.length; i++) {
    const gram = left[i] as number;
    if (gram === unknown || open[gram] === 0) continue;
    open[gram] = (open[gram] as number) - 1;
    matched++;
  }
  return matched;
}

/** Grams one token longer: a gram is the number of its beginning and the number of its last token. */
function lengthen(
  [left, right]: [Int32Array, Int32Array],
  [leftTokens, rightTokens]: [Int32Array, Int32Array],
  order: number,
  table: PairTable,
): [Int32Array, Int32Array] {
  table.clear();
  const longerRight = new Int32Array(Math.max(0, right.length - 1));
  for (let i = 0; i < longerRight.length; i++)
    longerRight[i] = table.add(right[i] as number, rightTokens[i + order - 1] as number);
  const longerLeft = new Int32Array(Math.max(0, left.length - 1)).fill(unknown);
  for (let i = 0; i < longerLeft.length; i++)
    if (left[i] !== unknown) longerLeft[i] = table.find(left[i] as number, leftTokens[i + order - 1] as number);
  return [longerLeft, longerRight];
}

/** Counts of the n-grams of 1 … `orders` tokens. A gram can only match where its beginning does. */
export function matchGrams(predicted: readonly string[], expected: readonly string[], orders: number): GramCounts[] {
  const tokens = numberTokens(predicted, expected);
  const table = createPairTable(expected.length);
  const counts: GramCounts[] = [];
  let grams = tokens;
  for (let order = 1; order <= orders; order++) {
    if (order > 1) grams = lengthen(grams, tokens, order, table);
    const [left, right] = grams;
    counts.push({ predicted: left.length, expected: right.length, matched: intersect(left, right) });
  }
  return counts;
}
