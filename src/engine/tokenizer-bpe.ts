/** Byte-pair merging of one piece: always the pair of lowest rank, the leftmost on ties. */

/** Pieces seen so far and their ids; text repeats itself, so most pieces are looked up. */
const cacheLimit = 16_384;
const cachedLength = 64;

/**
 * @param ids vocabulary string → id
 * @param merges pairs "left right" by rank
 * @returns ids of a piece that is spelled in the byte alphabet
 */
export function createMerger(
  ids: ReadonlyMap<string, number>,
  merges: readonly string[],
): (spelled: string) => readonly number[] {
  const ranks = new Map<string, number>();
  // from the last to the first: of equal merges the first counts
  for (let rank = merges.length - 1; rank >= 0; rank--) ranks.set(merges[rank] as string, rank);
  const cache = new Map<string, readonly number[]>();
  return (spelled) => {
    const known = cache.get(spelled);
    if (known) return known;
    const result = mergePiece(spelled, ranks).flatMap((part) => idsOf(part, ids));
    if (cache.size >= cacheLimit) cache.clear();
    if (spelled.length <= cachedLength) cache.set(spelled, result);
    return result;
  };
}

/** The id of a merged part; a part outside the vocabulary falls apart into its bytes, unknown bytes vanish. */
function idsOf(part: string, ids: ReadonlyMap<string, number>): number[] {
  const id = ids.get(part);
  if (id !== undefined) return [id];
  return part.length > 1 ? [...part].flatMap((byte) => idsOf(byte, ids)) : [];
}

const notMergeable = -1;

/**
 * Parts form a linked list over start indices; a heap holds mergeable pairs as rank · 2³¹ + index of the left part,
 * so its order is "rank, then leftmost". An entry is stale when the pair at its index has another rank by now.
 * O(n log n): a word of a million letters must not hang the engine.
 */
function mergePiece(spelled: string, ranks: ReadonlyMap<string, number>): string[] {
  const size = spelled.length;
  const end = Int32Array.from({ length: size }, (_, index) => index + 1);
  const previous = Int32Array.from({ length: size }, (_, index) => index - 1);
  const pairRank = new Int32Array(size).fill(notMergeable);
  const heap = createHeap();

  const look = (left: number) => {
    const middle = end[left] as number;
    const rank =
      middle < size
        ? ranks.get(`${spelled.slice(left, middle)} ${spelled.slice(middle, end[middle] as number)}`)
        : undefined;
    pairRank[left] = rank ?? notMergeable;
    if (rank !== undefined) heap.push(rank * 2 ** 31 + left);
  };
  for (let left = 0; left < size - 1; left++) look(left);

  for (let entry = heap.pop(); entry !== undefined; entry = heap.pop()) {
    const left = entry % 2 ** 31;
    if (pairRank[left] !== (entry - left) / 2 ** 31) continue;
    const middle = end[left] as number;
    const after = end[middle] as number;
    end[left] = after;
    pairRank[middle] = notMergeable;
    if (after < size) previous[after] = left;
    look(left);
    if ((previous[left] as number) >= 0) look(previous[left] as number);
  }
  const parts: string[] = [];
  for (let start = 0; start < size; start = end[start] as number) parts.push(spelled.slice(start, end[start]));
  return parts;
}

/** A binary min-heap of numbers. */
function createHeap() {
  const items: number[] = [];
  const at = (index: number) => items[index] as number;
  const swap = (a: number, b: number) => {
    [items[a], items[b]] = [at(b), at(a)];
  };
  return {
    push(item: number) {
      let index = items.push(item) - 1;
      for (let parent = (index - 1) >> 1; index > 0 && at(index) < at(parent); parent = (index - 1) >> 1) {
        swap(index, parent);
        index = parent;
      }
    },
    pop(): number | undefined {
      const top = items[0];
      const last = items.pop();
      if (items.length === 0 || last === undefined) return top;
      items[0] = last;
      for (let index = 0; ; ) {
        let least = index;
        for (const child of [2 * index + 1, 2 * index + 2])
          if (child < items.length && at(child) < at(least)) least = child;
        if (least === index) return top;
        swap(index, least);
        index = least;
      }
    },
  };
}
