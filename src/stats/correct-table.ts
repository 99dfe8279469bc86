/**
 * The decisions of a whole table, corrected together. A report compares several policies in several metrics; with 5 %
 * for each of them, a table without any effect often holds a false claim somewhere. Here 5 % hold for the table.
 */
import type { Random } from './paired-interval.ts';
import { type NamedPairs, type Observation, pairBySample } from './pairs.ts';
import { signGroup, signTables } from './sign-flip.ts';

/** One comparison of the family: a policy's values of one decision metric, and the baseline's. */
export interface TableTest {
  values: readonly Observation[];
  baseline: readonly Observation[];
}

/** Up to so many samples all sign vectors are taken instead of drawn: 2¹³ of them. */
export const mostEnumerated = 13;
/** Sums over groups of eight samples come from tables: about 0.2 s for a table at this many. */
const budget = 64_000_000;
const fewestDraws = 1999;

/**
 * Corrected p values of a family of comparisons (policies × decision metrics), in the order given. A claim made where
 * the corrected p is at most 0.05 keeps the chance of any false claim in the family at 5 %.
 *
 * Method: step-down minimum p of Westfall and Young 1993 (algorithm 2.8), with sign flips. Under the null hypothesis
 * policy and baseline are exchangeable, so the difference of a sample may have the other sign. One flip of a sample
 * flips its differences in all comparisons at once. So metrics and policies that go up and down together stay together
 * and cost less than under Holm's correction, which has to allow for the worst case.
 *
 * @param tests may have different samples: a sample without a value in a test changes nothing there. Blocks of several
 *   samples are units of their own; give them names (`Observation.sample`) that no sample has.
 * @param random numbers in [0, 1); the same numbers give the same p values
 * @param most draws of sign vectors; fewer are made for large tables, all are taken up to 13 samples that differ
 * @returns null where a test has no pair; 1 where nothing differs. Never below 1/(draws + 1).
 */
export const correctTable = (tests: readonly TableTest[], random: Random, most?: number): (number | null)[] =>
  correctPairs(
    tests.map(({ values, baseline }) => pairBySample(values, baseline)),
    random,
    most,
  );

/** The same of values that are paired already: one pair a sample, and a sample has the same name in all tests. */
export function correctPairs(tests: readonly NamedPairs[], random: Random, most = 9999): (number | null)[] {
  const made = tests.flatMap(({ values }, test) => (values.length > 0 ? [test] : []));
  const corrected: (number | null)[] = tests.map(() => null);
  const sums = flippedSums(
    made.map((test) => tests[test] as NamedPairs),
    random,
    most,
  );
  const found = stepDown(sums.map(sharesAsFar));
  made.forEach((test, i) => {
    corrected[test] = found[i] as number;
  });
  return corrected;
}

/** For each test its absolute sum under each sign vector; the first vector is the one that was seen. */
function flippedSums(tests: readonly NamedPairs[], random: Random, most: number): Float64Array[] {
  const places = placesOf(tests);
  const signs = signVectors(places.size, tests.length, random, most);
  return tests.map((pairs) => {
    const differences = new Float64Array(places.size);
    for (let i = 0; i < pairs.values.length; i++) {
      const place = places.get(pairs.units[i] as string | number);
      if (place !== undefined) differences[place] = differenceAt(pairs, i);
    }
    return absoluteSums(differences, signs);
  });
}

const differenceAt = ({ values, baseline }: NamedPairs, i: number) => (values[i] as number) - (baseline[i] as number);

/** Samples that differ in some test, in the order of their names: which sign is whose may not depend on the play. */
function placesOf(tests: readonly NamedPairs[]): Map<string | number, number> {
  const names = new Map<string | number, string>();
  for (const pairs of tests)
    for (let i = 0; i < pairs.values.length; i++) {
      const unit = pairs.units[i] as string | number;
      if (differenceAt(pairs, i) !== 0 && !names.has(unit)) names.set(unit, String(unit));
    }
  const sorted = [...names].sort(([, a], [, b]) => (a < b ? -1 : 1));
  return new Map(sorted.map(([unit], place) => [unit, place]));
}

interface SignVectors {
  count: number;
  /** Bytes of each vector: eight signs in each. */
  groups: number;
  /** [groups × count]: the sums of all vectors grow together, so that a group's table stays in the nearest cache. */
  bytes: Uint8Array;
}

/** All bits set is what was seen: it comes first. */
function signVectors(samples: number, tests: number, random: Random, most: number): SignVectors {
  const groups = Math.ceil(samples / signGroup);
  const all = samples <= mostEnumerated;
  const affordable = Math.floor(budget / Math.max(1, groups * tests));
  const count = all ? 2 ** samples : 1 + Math.min(most, Math.max(fewestDraws, affordable));
  const bytes = new Uint8Array(count * groups);
  for (let vector = 0; vector < count; vector++)
    for (let i = 0; i < groups; i++) {
      const seen = vector === 0 ? 255 : Math.floor(random() * 256);
      bytes[i * count + vector] = all ? ~(vector >>> (i * signGroup)) : seen;
    }
  return { count, groups, bytes };
}

function absoluteSums(values: Float64Array, { count, groups, bytes }: SignVectors): Float64Array {
  const tables = signTables(values);
  const sums = new Float64Array(count);
  for (let i = 0; i < groups; i++) {
    const [table, row] = [i << signGroup, i * count];
    for (let vector = 0; vector < count; vector++)
      sums[vector] = (sums[vector] as number) + (tables[table + (bytes[row + vector] as number)] as number);
  }
  for (let vector = 0; vector < count; vector++) sums[vector] = Math.abs(sums[vector] as number);
  return sums;
}

/** For each vector the share of all vectors whose sum is at least as far from 0: the p that it would have given. */
function sharesAsFar(sums: Float64Array): Float64Array {
  const sorted = sums.toSorted();
  // Sums that are equal on paper differ by rounding; they must count as ties.
  const dust = 1e-12 * (sorted.at(-1) ?? 0);
  return sums.map((sum) => (sorted.length - firstFrom(sorted, sum - dust)) / sorted.length);
}

/** Index of the first of the ascending values that is at least `least`. */
function firstFrom(sorted: Float64Array, least: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as number) < least) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * From the largest p to the smallest: how often is the smallest p among the tests that are no clearer than this one as
 * small as this one's? A test is never clearer than one before it.
 */
function stepDown(shares: readonly Float64Array[]): number[] {
  const seen = shares.map((of) => of[0] as number);
  const order = seen.map((_, test) => test).sort((a, b) => (seen[b] as number) - (seen[a] as number));
  const smallest = new Float64Array(shares[0]?.length ?? 0).fill(1);
  const corrected = new Array<number>(shares.length).fill(1);
  for (const test of order) {
    const own = seen[test] as number;
    let count = 0;
    (shares[test] as Float64Array).forEach((share, vector) => {
      if (share < (smallest[vector] as number)) smallest[vector] = share;
      if ((smallest[vector] as number) <= own) count++;
    });
    corrected[test] = count / smallest.length;
  }
  let running = 0;
  for (const test of order.toReversed()) {
    running = Math.max(running, corrected[test] as number);
    corrected[test] = running;
  }
  return corrected;
}
