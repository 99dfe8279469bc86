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
  const nonzero = Float64Array.from(differences).filter((difference) => difference !== 0);
  const scale = nonzero.reduce((sum, difference) => sum + Math.abs(difference), 0);
  // Sums that are equal on paper differ by rounding; they must count as ties.
  const seen = Math.abs(nonzero.reduce((sum, difference) => sum + difference, 0)) - 1e-12 * scale;
  if (nonzero.length === 0 || seen <= 0) return 1;
  return nonzero.length <= exactLimit
    ? exactShare(nonzero, seen)
    : sampledShare(nonzero, seen, random, drawsFor(nonzero.length, most));
}

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
  let filled = 1;
  for (const difference of differences) {
    for (let i = 0; i < filled; i++) {
      const sum = sums[i] as number;
      sums[i] = sum - difference;
      sums[filled + i] = sum + difference;
    }
    filled *= 2;
  }
  return sums;
}

/** Draws whose sums grow together, group by group: a group's table then stays in the processor's nearest cache. */
const together = 256;

function sampledShare(differences: Float64Array, seen: number, random: Random, draws: number): number {
  const tables = signTables(differences);
  const groups = tables.length >> group;
  // One draw of the generator has 32 bits: four groups.
  const words = Math.ceil(groups / 4);
  const bits = new Int32Array(words * together);
  let count = 0;
  for (let drawn = 0; drawn < draws; drawn += together) {
    const some = Math.min(together, draws - drawn);
    for (let draw = 0; draw < some; draw++)
      for (let word = 0; word < words; word++) bits[word * together + draw] = random() * 4294967296;
    const sums = new Float64Array(some);
    for (let i = 0; i < groups; i++) {
      const [table, row, shift] = [i << group, (i >> 2) * together, (i & 3) * group];
      for (let draw = 0; draw < some; draw++) {
        const signs = ((bits[row + draw] as number) >> shift) & 255;
        sums[draw] = (sums[draw] as number) + (tables[table + signs] as number);
      }
    }
    for (const sum of sums) if (Math.abs(sum) >= seen) count++;
  }
  return (count + 1) / (draws + 1);
}

/** How many values share one byte of signs in `signTables`. */
export const signGroup = group;

/** [groups × 256]: the signed sums of eight differences each; the last group is filled up with zeros. */
export function signTables(differences: Float64Array): Float64Array {
  const groups = Math.ceil(differences.length / group);
  const tables = new Float64Array(groups << group);
  for (let i = 0; i < groups; i++) {
    const members = new Float64Array(group);
    members.set(differences.subarray(i * group, (i + 1) * group));
    tables.set(signedSums(members), i << group);
  }
  return tables;
}
