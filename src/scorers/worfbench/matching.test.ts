import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maximumWeightMatching } from './matching.ts';

/** Best total over all ways to give each row a column of its own, or none. */
function bruteForce(weights: readonly (readonly number[])[], row = 0, taken = new Set<number>()): number {
  if (row === weights.length) return 0;
  let best = bruteForce(weights, row + 1, taken);
  (weights[row] as number[]).forEach((weight, column) => {
    if (taken.has(column) || weight <= 0) return;
    best = Math.max(best, weight + bruteForce(weights, row + 1, new Set([...taken, column])));
  });
  return best;
}

const matrix = fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 })).chain(([rows, columns]) => {
  const weight = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 12 }));
  const row = fc.array(weight, { minLength: columns, maxLength: columns });
  return fc.array(row, { minLength: rows, maxLength: rows });
});

describe('maximum-weight matching', () => {
  it('prefers weight over greed', () => {
    expect(
      maximumWeightMatching([
        [9, 8],
        [8, 1],
      ]),
    ).toEqual([1, 0]);
  });

  it('prefers weight over cardinality', () => {
    expect(
      maximumWeightMatching([
        [0, 3],
        [1, 9],
      ]),
    ).toEqual([-1, 1]);
    expect(
      maximumWeightMatching([
        [5, 9],
        [0, 5],
      ]),
    ).toEqual([0, 1]);
  });

  it('leaves rows without edges single, and takes empty matrices', () => {
    expect(
      maximumWeightMatching([
        [0, 0],
        [0, 1],
        [0, 0],
      ]),
    ).toEqual([-1, 1, -1]);
    expect(maximumWeightMatching([])).toEqual([]);
    expect(maximumWeightMatching([[], []])).toEqual([-1, -1]);
  });

  it('reaches the best total of all matchings, each column used once', () => {
    fc.assert(
      fc.property(matrix, (weights) => {
        const partner = maximumWeightMatching(weights);
        const used = partner.filter((column) => column >= 0);
        expect(new Set(used).size).toBe(used.length);
        const total = partner.reduce(
          (sum, column, row) => sum + (column < 0 ? 0 : (weights[row]?.[column] as number)),
          0,
        );
        expect(total).toBe(bruteForce(weights));
      }),
    );
  });
});
