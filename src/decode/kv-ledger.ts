/** Books of a layer's KV slots: which position lies in each slot of each KV head, how much it is worth, who goes. */

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
  /** Positions by slot of a head. */
  positions(head: number): readonly number[];
  /** A new slot behind the others, for all heads. */
  append(position: number): void;
  /** Adds to the worth of slots from `from` on: [heads × (length − from)]. */
  add(worth: ArrayLike<number>, from?: number): void;
  /** Worth of a head's slots. */
  worth(head: number): readonly number[];
  /**
   * Lets the least worthy slots of each head go until `budget` are left, on ties the oldest; what is worth keeping
   * moves from the end into the holes.
   * @returns the lists for `Sequence.keep`: slot i comes from slot list[i]; undefined where all stay
   */
  evict(budget: number, safe: Protected): Int32Array[] | undefined;
}

interface Head {
  positions: number[];
  worth: number[];
}

/** @param heads 1 where all heads share their slots */
export function createKvLedger(heads: number): KvLedger {
  const books: Head[] = Array.from({ length: heads }, () => ({ positions: [], worth: [] }));
  const head = (index: number) => books[index] as Head;
  let newest = -1;
  return {
    heads,
    get length() {
      return filled(head(0));
    },
    positions: (index) => head(index).positions,
    worth: (index) => head(index).worth,
    append(position) {
      newest = Math.max(newest, position);
      for (const { positions, worth } of books) {
        positions.push(position);
        worth.push(0);
      }
    },
    add(amounts, from = 0) {
      const count = filled(head(0)) - from;
      books.forEach(({ worth }, index) => {
        for (let at = 0; at < count; at++) {
          worth[from + at] = (worth[from + at] as number) + (amounts[index * count + at] as number);
        }
      });
    },
    evict(budget, { sinks, recent }) {
      if (filled(head(0)) <= budget) return undefined;
      const isSafe = (position: number) => position < sinks || position > newest - recent;
      return books.map((book) => {
        const gone = victims(book, filled(book) - budget, isSafe);
        const kept = fillHoles(filled(book), gone);
        book.positions = Array.from(kept, (slot) => book.positions[slot] as number);
        book.worth = Array.from(kept, (slot) => book.worth[slot] as number);
        return kept;
      });
    },
  };
}

const filled = ({ positions }: Head): number => positions.length;

/** The `count` slots of least worth, of those that are not safe; on ties the oldest position. */
function victims({ positions, worth }: Head, count: number, isSafe: (position: number) => boolean): Set<number> {
  const before = (a: number, b: number) =>
    (worth[a] as number) - (worth[b] as number) || (positions[a] as number) - (positions[b] as number);
  if (count > 1) {
    const candidates = [...positions.keys()].filter((slot) => !isSafe(positions[slot] as number));
    return new Set(candidates.sort(before).slice(0, count));
  }
  let least = -1;
  for (let slot = 0; slot < positions.length; slot++) {
    if (isSafe(positions[slot] as number)) continue;
    if (least < 0 || before(slot, least) < 0) least = slot;
  }
  return new Set(least < 0 ? [] : [least]);
}

/** Slots 0 … without `gone`, in place: holes are taken by the last that stay. Slot i comes from list[i] ≥ i. */
function fillHoles(length: number, gone: ReadonlySet<number>): Int32Array {
  const list = new Int32Array(length - gone.size);
  let last = length - 1;
  for (let slot = 0; slot < list.length; slot++) {
    list[slot] = slot;
    if (!gone.has(slot)) continue;
    while (gone.has(last)) last--;
    list[slot] = last--;
  }
  return list;
}
