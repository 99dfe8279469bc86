import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../core/index.ts';
import { correctTable, mostEnumerated, type TableTest } from './correct-table.ts';
import { holm } from './holm.ts';
import type { Observation } from './pairs.ts';
import { signFlipP } from './sign-flip.ts';

/** A test whose difference at sample i is `differences[i]`; undefined: the policy has no value there. */
function testOf(differences: readonly (number | undefined)[]): TableTest {
  const observe = (value: (difference: number, i: number) => number): Observation[] =>
    differences.flatMap((difference, i) =>
      difference === undefined ? [] : [{ sample: `s${i}`, repeat: 0, value: value(difference, i) }],
    );
  return { values: observe((difference, i) => 100 + i + difference), baseline: observe((_, i) => 100 + i) };
}

const correct = (tests: readonly (readonly number[])[], seed = 1) =>
  correctTable(tests.map(testOf), createRandom(seed));

/**
 * The same by closed testing (Marcus, Peritz and Gabriel 1976) and by writing out all sign vectors: a hypothesis counts
 * as rejected where each intersection that holds it is, tested by its smallest p.
 */
function closedTesting(tests: readonly (readonly number[])[]): number[] {
  const n = tests[0]?.length ?? 0;
  const vectors = Array.from({ length: 2 ** n }, (_, bits) => bits);
  const sums = tests.map((values) =>
    vectors.map((bits) => Math.abs(values.reduce((sum, value, i) => sum + ((bits >> i) & 1 ? -value : value), 0))),
  );
  const pAt = sums.map((of) => of.map((sum) => of.filter((other) => other >= sum).length / of.length));
  const subsets = Array.from({ length: 2 ** tests.length }, (_, bits) =>
    tests.flatMap((_, i) => ((bits >> i) & 1 ? [i] : [])),
  );
  const smallest = (subset: readonly number[], vector: number) => Math.min(...subset.map((i) => pAt[i]![vector]!));
  const pOf = (subset: readonly number[]) =>
    vectors.filter((vector) => smallest(subset, vector) <= smallest(subset, 0)).length / vectors.length;
  return tests.map((_, i) => Math.max(...subsets.filter((subset) => subset.includes(i)).map(pOf)));
}

const whole = fc.integer({ min: -5, max: 5 });
const tables = fc
  .tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 7 }))
  .chain(([tests, samples]) =>
    fc.array(fc.array(whole, { minLength: samples, maxLength: samples }), { minLength: tests, maxLength: tests }),
  );

describe('correctTable', () => {
  it('gives what closed testing over all sign vectors gives', () => {
    fc.assert(
      fc.property(tables, (table) => {
        const expected = closedTesting(table);
        correct(table).forEach((p, i) => {
          expect(p).toBeCloseTo(expected[i] as number, 12);
        });
      }),
      { numRuns: 150 },
    );
  });

  it('of one test it is the sign-flip test, exact for few samples and drawn for many', () => {
    const few = [1.2, -0.4, 0.9, 2.3, -1.1, 0.6, 1.7, 0.2, -0.3, 1.5];
    expect(correct([few])[0]).toBe(signFlipP(few, createRandom(1)));
    const many = Array.from({ length: 26 }, (_, i) => ((i * 7) % 11) - 3.5);
    expect(correct([many])[0]).toBeCloseTo(signFlipP(many, createRandom(1)), 2);
  });

  it('drawn vectors give nearly what all of them give', () => {
    // No two sums are equal, so that a small difference more changes no count.
    const table = [3.1, 1.7, 0.9].map((slope) =>
      Array.from({ length: mostEnumerated }, (_, i) => Math.sin(slope * (i + 1)) + 0.1 * slope),
    );
    expect(table[0]).toHaveLength(mostEnumerated);
    // A sample whose difference changes no sum to speak of, and the vectors are drawn.
    const drawn = correct(table.map((row) => [...row, 1e-9]));
    correct(table).forEach((p, i) => {
      expect(Math.abs((drawn[i] as number) - (p as number))).toBeLessThan(0.015);
      expect(drawn[i]).not.toBe(p);
    });
  });

  it('a copy of a test costs nothing: what goes together is corrected once', () => {
    const row = [3, 4, -1, 5, 2, 6, 3, 1, 4, -2];
    const alone = correct([row])[0] as number;
    expect(correct([row, row, row.map((value) => 2 * value)])).toEqual([alone, alone, alone]);
    expect(holm([alone, alone, alone])[0]).toBeCloseTo(3 * alone, 12);
  });

  it('is never below the p of the test alone and never above Holm, but for ties', () => {
    fc.assert(
      fc.property(tables, (table) => {
        const single = table.map((row) => signFlipP(row, createRandom(1)));
        const stepped = holm(single);
        correct(table).forEach((p, i) => {
          expect(p).toBeGreaterThanOrEqual((single[i] as number) - 1e-12);
          expect(p).toBeLessThanOrEqual((stepped[i] as number) + 1e-12);
        });
      }),
    );
  });

  it('keeps the order of the tests, and does not depend on it', () => {
    const table = [
      [1, -2, 3, 1, -1, 2],
      [3, 4, 5, 2, 6, 3],
      [0, 1, 0, 1, 0, 1],
    ];
    expect(correct(table.toReversed())).toEqual(correct(table).toReversed());
  });

  it('takes tests of different samples: what has no value changes nothing', () => {
    const rows = [
      [2, 3, 1, 2, 4, undefined, undefined],
      [undefined, undefined, 1, -1, 2, 3, 1],
    ];
    const filled = rows.map((row) => row.map((value) => value ?? 0));
    expect(correctTable(rows.map(testOf), createRandom(1))).toEqual(correct(filled));
  });

  it('has no p without a pair, 1 where nothing differs, and never 0', () => {
    const ones = Array.from({ length: 500 }, () => 1);
    const [none, same, clear] = correctTable([testOf([undefined]), testOf([0, 0]), testOf(ones)], createRandom(1));
    expect([none, same]).toEqual([null, 1]);
    expect(clear).toBe(1 / 10_000);
    expect(correctTable([], createRandom(1))).toEqual([]);
  });

  it('averages repeats of a sample, as comparisons do', () => {
    const repeat = ({ values, baseline }: TableTest): TableTest => ({
      values: [...values, ...values.map((entry) => ({ ...entry, repeat: 1 }))],
      baseline: [...baseline, ...baseline.map((entry) => ({ ...entry, repeat: 1 }))],
    });
    const test = testOf([3, 4, -1, 5, 2, 6]);
    expect(correctTable([repeat(test)], createRandom(1))).toEqual(correctTable([test], createRandom(1)));
  });
});
