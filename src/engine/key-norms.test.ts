import { describe, expect, it } from 'vitest';
import { valueOfHalf } from './half.ts';
import { rowNorms } from './key-norms.ts';

describe('half precision', () => {
  it.each([
    [0x0000, 0],
    [0x3c00, 1],
    [0xc000, -2],
    [0x3555, 0.333251953125],
    [0x7bff, 65504],
    [0x0001, 2 ** -24],
    [0x0400, 2 ** -14],
    [0x7c00, Number.POSITIVE_INFINITY],
  ])('%i is %d', (bits, value) => {
    expect(valueOfHalf(bits)).toBe(value);
  });
});

describe('rowNorms', () => {
  it('takes each head`s part of a row, by head', () => {
    // Rows of two heads of two values: (3, 4 | 0, 1), (0, 0 | 1, 1), (2, 0 | 0, −2).
    const [zero, one, two, three, four, minusTwo] = [0, 0x3c00, 0x4000, 0x4200, 0x4400, 0xc000];
    const head0 = [three, four, zero, zero, two, zero];
    const head1 = [zero, one, one, one, zero, minusTwo];
    const keys = Uint16Array.from([...head0, ...head1] as number[]);
    const shape = { kvHeads: 2, headSize: 2, slots: 3 };
    expect([...rowNorms(keys, shape, 0, 3)]).toEqual([5, 0, 2, 1, Math.fround(Math.SQRT2), 2]);
    expect([...rowNorms(keys, shape, 2, 3)]).toEqual([2, 2]);
    expect([...rowNorms(keys, shape, 3, 3)]).toEqual([]);
  });
});
