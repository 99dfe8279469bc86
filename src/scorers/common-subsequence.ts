/**
 * Longest common subsequences of two token lists: the length alone, and the positions that one traceback visits.
 *
 * Both use the bit-parallel recurrence of H. Hyyrö 2004, "Bit-parallel LCS-length computation revisited". A row holds a
 * bit for each token of `a`; the bit is 0 where the common subsequence grows by one at this token.
 */
import { TtcError } from '../core/error.ts';

/** Pairs of tokens that are compared at most: about one second where a few tokens repeat all the time. */
export const mostCells = 1e10;

/** Refuses what would take minutes. A score that was not computed is better than a run that stands still. */
function checkSize(a: readonly string[], b: readonly string[]): void {
  if (a.length * b.length <= mostCells) return;
  throw new TtcError('E_SCORE', `${a.length} and ${b.length} words are too many for a longest common subsequence`, {
    help: 'their product may be 10,000 million at most: limit the answers with --max-tokens',
  });
}

/** Where a token stands in `a`: the words of the row that hold it, and its bits in them. */
interface Places {
  words: number[];
  masks: number[];
}

function placesOf(tokens: readonly string[]): Map<string, Places> {
  const places = new Map<string, Places>();
  for (let position = 0; position < tokens.length; position++) {
    const token = tokens[position] as string;
    const known = places.get(token) ?? { words: [], masks: [] };
    if (known.words.length === 0) places.set(token, known);
    const word = position >>> 5;
    const last = known.words.length - 1;
    if (known.words[last] === word) known.masks[last] = (known.masks[last] as number) | (1 << (position & 31));
    else {
      known.words.push(word);
      known.masks.push(1 << (position & 31));
    }
  }
  return places;
}

/** Runs a carry through words without a match, up to `end`. Returns what is left of it. */
function carryOn(row: Uint32Array, from: number, end: number): number {
  for (let word = from; word < end; word++) {
    const value = row[word] as number;
    row[word] = ((value + 1) >>> 0) | value;
    if (value !== 0xffffffff) return 0;
  }
  return 1;
}

/**
 * One step of the recurrence V ← (V + (V & M)) | (V & ~M). Words without a match change only by a carry, so the time is
 * that of the matches.
 */
function advance(row: Uint32Array, { words, masks }: Places): void {
  let carry = 0;
  let next = 0;
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as number;
    if (carry === 1) carry = carryOn(row, next, word);
    const mask = masks[i] as number;
    const value = row[word] as number;
    const sum = value + ((value & mask) >>> 0) + carry;
    carry = sum > 0xffffffff ? 1 : 0;
    row[word] = (sum >>> 0) | (value & ~mask);
    next = word + 1;
  }
  if (carry === 1) carryOn(row, next, row.length);
}

const newRow = (length: number) => new Uint32Array(Math.ceil(length / 32)).fill(0xffffffff);

/** How many tokens both lists begin with; with `fromEnd`, end with. */
function sharedEnd(a: readonly string[], b: readonly string[], most: number, fromEnd: boolean): number {
  let count = 0;
  while (count < most && a.at(fromEnd ? -1 - count : count) === b.at(fromEnd ? -1 - count : count)) count++;
  return count;
}

/**
 * Length of the longest common subsequence. Time at worst |a|·|b|/32, in most texts far less.
 * @throws TtcError E_SCORE where |a|·|b| is above `mostCells`
 */
export function commonSubsequenceLength(a: readonly string[], b: readonly string[]): number {
  const shorter = Math.min(a.length, b.length);
  const start = sharedEnd(a, b, shorter, false);
  const end = sharedEnd(a, b, shorter - start, true);
  const [left, right] = [a.slice(start, a.length - end), b.slice(start, b.length - end)];
  checkSize(left, right);
  const places = placesOf(left);
  const row = newRow(left.length);
  for (const token of right) {
    const known = places.get(token);
    if (known) advance(row, known);
  }
  let length = start + end;
  for (let i = 0; i < left.length; i++) if (grows(row, i)) length++;
  return length;
}

const grows = (row: Uint32Array, i: number) => (((row[i >>> 5] as number) >>> (i & 31)) & 1) === 0;

/** Rows of a block are held at once: memory stays small for texts of any length, at one more pass over the rows. */
const blockRows = 256;

/**
 * True where a token more of `b` makes the subsequence of a[0 … i] longer: `row` less `before`, summed over 0 … i. The
 * sum is 0 or 1, so the last bit that changed decides.
 */
function gained(before: Uint32Array, row: Uint32Array, i: number): boolean {
  if (row === before) return false;
  let word = i >>> 5;
  let changed = ((before[word] as number) ^ (row[word] as number)) & (0xffffffff >>> (31 - (i & 31)));
  while (changed === 0 && --word >= 0) changed = (before[word] as number) ^ (row[word] as number);
  return word >= 0 && grows(row, word * 32 + 31 - Math.clz32(changed));
}

/** The row before each block of tokens of `b`. */
function rowsBeforeBlocks(places: ReadonlyMap<string, Places>, a: readonly string[], b: readonly string[]) {
  const row = newRow(a.length);
  const rows = [row.slice()];
  for (let j = 0; j < (Math.ceil(b.length / blockRows) - 1) * blockRows; j++) {
    const known = places.get(b[j] as string);
    if (known) advance(row, known);
    if ((j + 1) % blockRows === 0) rows.push(row.slice());
  }
  return rows;
}

/** The rows of one block, the one before it first. A token that `a` lacks changes nothing: its row is the one before. */
function rowsOfBlock(places: ReadonlyMap<string, Places>, tokens: readonly string[], before: Uint32Array) {
  const rows = [before];
  for (const token of tokens) {
    const known = places.get(token);
    const last = rows.at(-1) as Uint32Array;
    const row = known ? last.slice() : last;
    if (known) advance(row, known);
    rows.push(row);
  }
  return rows;
}

/**
 * Positions in `a` of one longest common subsequence, ascending. Where both ways back are equally long the traceback
 * drops the last token of the list named by `tieDrops`: implementations differ, and unions of subsequences show it.
 * @throws TtcError E_SCORE where |a|·|b| is above `mostCells`
 */
export function commonSubsequence(a: readonly string[], b: readonly string[], tieDrops: 'a' | 'b'): number[] {
  checkSize(a, b);
  if (a.length === 0 || b.length === 0) return [];
  const places = placesOf(a);
  const before = rowsBeforeBlocks(places, a, b);
  const positions: number[] = [];
  let [i, j] = [a.length, b.length];
  for (let block = before.length - 1; block >= 0 && i > 0; block--) {
    const start = block * blockRows;
    const rows = rowsOfBlock(places, b.slice(start, j), before[block] as Uint32Array);
    while (j > start && i > 0) {
      const row = rows[j - start] as Uint32Array;
      if (a[i - 1] === b[j - 1]) {
        positions.push(--i);
        j--;
      } else if (grows(row, i - 1)) j--;
      else if (tieDrops === 'a' || gained(rows[j - start - 1] as Uint32Array, row, i - 1)) i--;
      else j--;
    }
  }
  return positions.reverse();
}
