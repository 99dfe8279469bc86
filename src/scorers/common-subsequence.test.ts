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

/** The textbook traceback, in full. */
function textbookPositions(a: readonly string[], b: readonly string[], tieDrops: 'a' | 'b'): number[] {
  const lengthOf = (i: number, j: number) => textbookLength(a.slice(0, i), b.slice(0, j));
  const positions: number[] = [];
  for (let [i, j] = [a.length, b.length]; i > 0 && j > 0; ) {
    const [up, left] = [lengthOf(i - 1, j), lengthOf(i, j - 1)];
    if (a[i - 1] === b[j - 1]) {
      positions.unshift(--i);
      j--;
    } else if (up > left || (up === left && tieDrops === 'a')) i--;
    else j--;
  }
  return positions;
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

  it('has it where words of bits lie between the matches', () => {
    const spread = (list: readonly string[]) =>
      list.flatMap((token, i) => [token, ...Array.from({ length: 40 }, (_, k) => `${i}.${k}`)]);
    const few = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 8 });
    fc.assert(
      fc.property(few, few, (a, b) => {
        expect(commonSubsequenceLength(spread(a), b)).toBe(textbookLength(a, b));
        expect(commonSubsequence(spread(a), b, 'a')).toEqual(textbookPositions(a, b, 'a').map((i) => i * 41));
      }),
      { numRuns: 300 },
    );
  });

  it('visits the positions of the textbook traceback', () => {
    const [few, more] = [40, 90].map((maxLength) => fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength }));
    fc.assert(
      fc.property(more!, few!, fc.constantFrom('a', 'b'), (a, b, ties) => {
        const tieDrops = ties as 'a' | 'b';
        expect(commonSubsequence(a, b, tieDrops)).toEqual(textbookPositions(a, b, tieDrops));
      }),
      { numRuns: 60 },
    );
  });

  it('refuses lists that would take minutes, with a code', () => {
    const [xs, ys] = ['x', 'y'].map((token) => Array.from({ length: 101_000 }, (_, i) => `${token}${i % 2}`));
    for (const compare of [commonSubsequenceLength, (a: string[], b: string[]) => commonSubsequence(a, b, 'a')])
      expect(() => compare(xs!, ys!)).toThrow(expect.objectContaining({ code: 'E_SCORE' }));
    expect(commonSubsequenceLength(xs!, xs!)).toBe(101_000);
  });

  it('is the same for lists longer than one block of its traceback', () => {
    const long = Array.from({ length: 700 }, (_, i) => `${(i * 7) % 11}`);
    const other = long.filter((_, i) => i % 3 > 0);
    expect(commonSubsequence(long, other, 'a').map((position) => long[position])).toEqual(other);
    expect(commonSubsequence(other, long, 'b')).toEqual(other.map((_, position) => position));
  });

  it('breaks ties as asked', () => {
    expect(commonSubsequence(['x', 'y'], ['y', 'x'], 'a')).toEqual([0]);
    expect(commonSubsequence(['x', 'y'], ['y', 'x'], 'b')).toEqual([1]);
  });
});
