import type { Random } from './paired-interval.ts';

/** Up to so many differences that are not zero, all sign vectors are counted: 2 × 2¹³ partial sums. */
export const exactLimit = 26;
/** Sums over groups of eight differences come from tables, so this is about 20 ms. */
const budget = 16_000_000;
const group = 8;

/**
 * Two-sided p of the sign-flip permutation test: the share of sign vectors under which the sum of the differences is
 * at least as far from zero as the one seen. Zero differences change no sum and are left out. Exact for up to
 * `exactLimit` differences, else by Monte Carlo (`most` draws at most) with the seen vector counted in, which keeps
 * the test exact at any number of draws. 1 where nothing differs.
 */
export function signFlipP(differences: ArrayLike<number>, random: Random, most = 9999): number {
  const nonzero = withoutZeros(differences);
  let [sum, scale, squares] = [0, 0, 0];
  for (let i = 0; i < nonzero.length; i++) {
    const difference = nonzero[i] as number;
    sum += difference;
    scale += Math.abs(difference);
    squares += difference * difference;
  }
  // Sums that are equal on paper differ by rounding; they must count as ties.
  const seen = Math.abs(sum) - 1e-12 * scale;
  if (nonzero.length === 0 || seen <= 0) return 1;
  if (nonzero.length <= exactLimit) return exactShare(nonzero, seen);
  const draws = drawsFor(nonzero.length, most);
  return isOutOfReach(seen, squares, draws) ? 1 / (draws + 1) : sampledShare(nonzero, seen, random, draws);
}

function withoutZeros(differences: ArrayLike<number>): Float64Array {
  const nonzero = new Float64Array(differences.length);
  let count = 0;
  for (let i = 0; i < differences.length; i++) {
    const difference = differences[i] as number;
    if (difference !== 0) nonzero[count++] = difference;
  }
  return nonzero.subarray(0, count);
}

/** Chance that one of the draws that are not made would have changed the result. */
const overlooked = 1e-9;

/**
 * Whether no draw will come as far: a random sign vector gets there with a chance of at most 2 exp(−seen² / (2 Σ d²))
 * (Hoeffding 1963, theorem 2). Most clear effects in large samples are of this kind, and then there is nothing to draw.
 * Squares so small that they lose digits bound nothing.
 */
const isOutOfReach = (seen: number, squares: number, draws: number) =>
  squares > 1e-280 && 2 * draws * Math.exp(-(seen * seen) / (2 * squares)) <= overlooked;

const drawsFor = (n: number, most: number) => Math.min(most, Math.max(999, Math.floor(budget / n)));

/** Meet in the middle (Horowitz and Sahni 1974): signed sums of both halves, sorted, then counted with two pointers. */
function exactShare(differences: Float64Array, seen: number): number {
  const half = differences.length >> 1;
  const left = signedSums(differences.subarray(0, half)).sort();
  const right = signedSums(differences.subarray(half)).sort();
  let count = 0;
  let from = right.length;
  for (const sum of left) {
    while (from > 0 && sum + (right[from - 1] as number) >= seen) from--;
    count += right.length - from;
  }
  return Math.min(1, (2 * count) / 2 ** differences.length);
}

/** All 2ⁿ sums ±d₁ ± d₂ …; bit i of the index is the sign of difference i. */
function signedSums(differences: Float64Array): Float64Array {
  const sums = new Float64Array(2 ** differences.length);
  fillSums(sums, 0, differences.length, (member) => differences[member] as number);
  return sums;
}

/** The same in a place of a larger list that holds zeros. */
function fillSums(sums: Float64Array, from: number, members: number, of: (member: number) => number): void {
  let filled = 1;
  for (let member = 0; member < members; member++) {
    const difference = of(member);
    for (let i = from; i < from + filled; i++) {
      const sum = sums[i] as number;
      sums[i] = sum - difference;
      sums[filled + i] = sum + difference;
    }
    filled *= 2;
  }
}

/** Draws whose sums grow together, word by word: the tables of a word then stay in the processor's nearest cache. */
const together = 256;
/** Groups whose signs one draw of the generator holds: it has 32 bits. */
const perWord = 4;
const wordSize = perWord << group;

function sampledShare(differences: Float64Array, seen: number, random: Random, draws: number): number {
  const tables = signTables(differences, perWord);
  const words = tables.length / wordSize;
  const bits = new Int32Array(words * together);
  const sums = new Float64Array(together);
  let count = 0;
  for (let drawn = 0; drawn < draws; drawn += together) {
    const some = Math.min(together, draws - drawn);
    for (let i = 0; i < some * words; i++) bits[i] = random() * 4294967296;
    sums.fill(0);
    for (let word = 0; word < words; word++)
      addWord(sums.subarray(0, some), tables.subarray(word * wordSize), bits.subarray(word), words);
    for (let draw = 0; draw < some; draw++) if (Math.abs(sums[draw] as number) >= seen) count++;
  }
  return (count + 1) / (draws + 1);
}

/** Group after group, as one sum would be made. @param words from a draw's bits to those of the next */
function addWord(sums: Float64Array, tables: Float64Array, bits: Int32Array, words: number): void {
  for (let draw = 0; draw < sums.length; draw++) {
    const signs = bits[draw * words] as number;
    sums[draw] =
      (sums[draw] as number) +
      (tables[signs & 255] as number) +
      (tables[256 + ((signs >> 8) & 255)] as number) +
      (tables[512 + ((signs >> 16) & 255)] as number) +
      (tables[768 + (signs >>> 24)] as number);
  }
}

/** How many values share one byte of signs in `signTables`. */
export const signGroup = group;

/**
 * [groups × 256]: the signed sums of eight differences each; what is missing at the end is filled up with zeros.
 * @param multiple the number of groups is a multiple of it
 */
export function signTables(differences: Float64Array, multiple = 1): Float64Array {
  const groups = multiple * Math.ceil(differences.length / group / multiple);
  const tables = new Float64Array(groups << group);
  for (let i = 0; i < Math.ceil(differences.length / group); i++)
    fillSums(tables, i << group, group, (member) => differences[i * group + member] ?? 0);
  return tables;
}
