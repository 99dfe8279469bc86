import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commonSubsequence, commonSubsequenceLength } from './common-subsequence.ts';

const tokens = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 90 });

/** The textbook recurrence, in full. */
function textbookLength(a: readonly string[], b: readonly string[]): number {
  const table = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  const at = (i: number, j: number) => table[i]?.[j] as number;
  for (let i = 1; i <= a.length; i++)
    for (let j = 1; j <= b.length; j++)
      (table[i] as number[])[j] = a[i - 1] === b[j - 1] ? at(i - 1, j - 1) + 1 : Math.max(at(i - 1, j), at(i, j - 1));
  return at(a.length, b.length);
}

describe('longest common subsequence', () => {
  it('has the length of the textbook recurrence, over more than one word of bits too', () => {
    fc.assert(
      fc.property(tokens, tokens, (a, b) => {
        expect(commonSubsequenceLength(a, b)).toBe(textbookLength(a, b));
      }),
    );
  });

  it('the traceback visits a common subsequence of that length, whichever list gives way', () => {
    fc.assert(
      fc.property(tokens, tokens, fc.constantFrom('a', 'b'), (a, b, tieDrops) => {
        const picked = commonSubsequence(a, b, tieDrops as 'a' | 'b').map((position) => a[position] as string);
        expect(picked).toHaveLength(commonSubsequenceLength(a, b));
        expect(commonSubsequenceLength(picked, b)).toBe(picked.length);
      }),
    );
  });

  it('is the same for lists longer than one block of its traceback', () => {
    const long = Array.from({ length: 700 }, (_, i) => `${(i * 7) % 11}`);
    const other = long.filter((_, i) => i % 3 > 0);
    expect(commonSubsequence(long, other, 'a').map((position) => long[position])).toEqual(other);
  });

  it('breaks ties as asked', () => {
    expect(commonSubsequence(['x', 'y'], ['y', 'x'], 'a')).toEqual([0]);
    expect(commonSubsequence(['x', 'y'], ['y', 'x'], 'b')).toEqual([1]);
  });
});
