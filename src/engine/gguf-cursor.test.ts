import { describe, expect, it } from 'vitest';
import { readExactly } from './gguf-cursor.ts';

const fail = (message: string): never => {
  throw new Error(message);
};

/** Reads nothing, but says that it did: at most `most` bytes at once. Memory that nobody touches costs none. */
function pretendedReads(most = Number.POSITIVE_INFINITY, fileBytes = Number.POSITIVE_INFINITY) {
  const reads: { at: number; length: number; position: number }[] = [];
  const read = (_: number, __: unknown, at: number, length: number, position: number): number => {
    reads.push({ at, length, position });
    return Math.max(0, Math.min(most, length, fileBytes - position));
  };
  return { reads, read: read as unknown as typeof import('node:fs').readSync };
}

describe('readExactly', () => {
  it('reads a tensor of more than 2 GiB in pieces that Node takes, one after the other', () => {
    const { reads, read } = pretendedReads();
    const gibibyte = 2 ** 30;
    expect(readExactly(0, 100, 2 * gibibyte + 5, fail, read)).toHaveLength(2 * gibibyte + 5);
    expect(reads).toEqual([
      { at: 0, length: gibibyte, position: 100 },
      { at: gibibyte, length: gibibyte, position: 100 + gibibyte },
      { at: 2 * gibibyte, length: 5, position: 100 + 2 * gibibyte },
    ]);
  });

  it('goes on after a short read, and says where the file ended', () => {
    const { reads, read } = pretendedReads(4);
    readExactly(0, 0, 10, fail, read);
    expect(reads.map(({ at, length }) => [at, length])).toEqual([
      [0, 10],
      [4, 6],
      [8, 2],
    ]);
    expect(() => readExactly(0, 0, 10, fail, pretendedReads(4, 8).read)).toThrow('the file ended while it was read');
  });
});
