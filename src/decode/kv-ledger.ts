/** The KV slots of one layer: which position is in each slot of each KV head, how much it is worth, which slots go. */

export interface Protected {
  /** The first so many positions stay. */
  sinks: number;
  /** So do the newest. */
  recent: number;
}

export interface KvLedger {
  readonly heads: number;
  /** Filled slots. */
  readonly length: number;
  /** Positions by slot of a head: a view until the next change. */
  positions(head: number): Int32Array;
  /** Worth by slot of a head: a view until the next change. */
  worth(head: number): Float64Array;
  /** A new slot after the others, for all heads. */
  append(position: number, worth?: number): void;
  /** Adds to the worth of slots from `from` on: [heads × (length − from)]. */
  add(worth: ArrayLike<number>, from?: number): void;
  /**
   * Lets the least worthy slots of each head go until `budget` are left; of equal ones the oldest goes. Slots at the end
   * that stay move into the holes. Runs for every head, layer and token: 30 layers × 3 heads × 900 slots take
   * well below a millisecond.
   * @returns the lists for `Sequence.keep`: slot i comes from slot list[i]; undefined where all stay
   */
  evict(budget: number, safe: Protected): Int32Array[] | undefined;
}

interface Head {
  positions: Int32Array;
  worth: Float64Array;
}

/** @param heads 1 where all heads share their slots */
export function createKvLedger(heads: number): KvLedger {
  const books = Array.from(
    { length: heads },
    (): Head => ({ positions: new Int32Array(64), worth: new Float64Array(64) }),
  );
  const book = (head: number) => books[head] as Head;
  let length = 0;
  let newest = -1;

  function makeRoom(): void {
    for (const head of books) {
      if (length < head.positions.length) continue;
      const wider = { positions: new Int32Array(2 * length), worth: new Float64Array(2 * length) };
      wider.positions.set(head.positions);
      wider.worth.set(head.worth);
      Object.assign(head, wider);
    }
  }

  return {
    heads,
    get length() {
      return length;
    },
    positions: (head) => book(head).positions.subarray(0, length),
    worth: (head) => book(head).worth.subarray(0, length),
    append(position, worth = 0) {
      makeRoom();
      newest = Math.max(newest, position);
      for (const head of books) {
        head.positions[length] = position;
        head.worth[length] = worth;
      }
      length++;
    },
    add(amounts, from = 0) {
      const count = length - from;
      let at = 0;
      for (const { worth } of books) {
        for (let slot = from; slot < from + count; slot++)
          worth[slot] = (worth[slot] as number) + (amounts[at++] as number);
      }
    },
    evict(budget, { sinks, recent }) {
      if (length <= budget) return undefined;
      const lists = books.map((head) => {
        const gone = victims(head, length, length - budget, sinks, newest - recent + 1);
        return fillHoles(head, length, gone);
      });
      length = Math.min(...lists.map((list) => list.length));
      return lists;
    },
  };
}

/** Few victims are found in one look at all slots, many by sorting them apart. */
const few = 16;

/** The `count` slots of least worth, ascending, of those whose position lies in [from, to); on ties the oldest. */
function victims(head: Head, length: number, count: number, from: number, to: number): number[] {
  const found = count <= few ? leastOfAll(head, length, count, from, to) : leastByRank(head, length, count, from, to);
  return found.sort((a, b) => a - b);
}

/** Keeps the least seen so far in order. */
function leastOfAll({ positions, worth }: Head, length: number, count: number, from: number, to: number): number[] {
  const least: number[] = [];
  let limit = Number.POSITIVE_INFINITY;
  for (let slot = 0; slot < length; slot++) {
    const value = worth[slot] as number;
    if (value > limit) continue;
    const position = positions[slot] as number;
    if (position < from || position >= to) continue;
    let at = least.length;
    while (
      at > 0 &&
      isLess(value, position, worth[least[at - 1] as number] as number, positions[least[at - 1] as number] as number)
    )
      at--;
    if (at === count) continue;
    least.splice(at, 0, slot);
    if (least.length > count) least.pop();
    if (least.length === count) limit = worth[least[count - 1] as number] as number;
  }
  return least;
}

const isLess = (worth: number, position: number, otherWorth: number, otherPosition: number): boolean =>
  worth < otherWorth || (worth === otherWorth && position < otherPosition);

/** Takes what lies below the worth of the last victim, and of those equal to it the oldest. */
function leastByRank({ positions, worth }: Head, length: number, count: number, from: number, to: number): number[] {
  const open: number[] = [];
  for (let slot = 0; slot < length; slot++) {
    const position = positions[slot] as number;
    if (position >= from && position < to) open.push(slot);
  }
  const limit = nthSmallest(
    Float64Array.from(open, (slot) => worth[slot] as number),
    Math.min(count, open.length) - 1,
  );
  const below = open.filter((slot) => (worth[slot] as number) < limit);
  const ties = open.filter((slot) => worth[slot] === limit);
  ties.sort((a, b) => (positions[a] as number) - (positions[b] as number));
  return [...below, ...ties.slice(0, count - below.length)];
}

/** The value that would stand at `index` in ascending order; values are moved about (quickselect, middle pivot). */
function nthSmallest(values: Float64Array, index: number): number {
  let [low, high] = [0, values.length - 1];
  while (low < high) {
    const pivot = values[(low + high) >> 1] as number;
    let [left, right] = [low, high];
    while (left <= right) {
      while ((values[left] as number) < pivot) left++;
      while ((values[right] as number) > pivot) right--;
      if (left > right) break;
      const moved = values[left] as number;
      values[left++] = values[right] as number;
      values[right--] = moved;
    }
    if (index <= right) high = right;
    else if (index >= left) low = left;
    else break;
  }
  return values[index] as number;
}

/** Closes the ranks in the books: each hole is taken by the last that stays. Slot i comes from list[i] ≥ i. */
function fillHoles({ positions, worth }: Head, length: number, gone: readonly number[]): Int32Array {
  const list = new Int32Array(length - gone.length);
  for (let slot = 0; slot < list.length; slot++) list[slot] = slot;
  let last = length - 1;
  let behind = gone.length - 1;
  for (const hole of gone) {
    while (behind >= 0 && gone[behind] === last) {
      behind--;
      last--;
    }
    if (hole >= list.length) break;
    list[hole] = last;
    positions[hole] = positions[last] as number;
    worth[hole] = worth[last] as number;
    last--;
  }
  return list;
}
