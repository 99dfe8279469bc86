import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { valueOfHalf } from './half.ts';
import { splitQ41 } from './q4-1-split.ts';

const inputs = 64;
const outputs = 3;
const blocks = (inputs / 32) * outputs;
/** Bits of finite halves. */
const half = fc.integer({ min: 0, max: 0xffff }).filter((bits) => ((bits >> 10) & 31) !== 31);
const block = fc.record({ d: half, m: half, nibbles: fc.uint8Array({ minLength: 16, maxLength: 16 }) });

function q41Bytes(list: { d: number; m: number; nibbles: Uint8Array }[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(list.length * 20);
  const view = new DataView(bytes.buffer);
  list.forEach(({ d, m, nibbles }, at) => {
    view.setUint16(at * 20, d, true);
    view.setUint16(at * 20 + 2, m, true);
    bytes.set(nibbles, at * 20 + 4);
  });
  return bytes;
}

describe('splitQ41', () => {
  it('keeps every weight: d·q + m = d·(q − 8) + correction', () => {
    fc.assert(
      fc.property(fc.array(block, { minLength: blocks, maxLength: blocks }), (list) => {
        const { q40, correction } = splitQ41(q41Bytes(list), inputs, outputs);
        const parts = new DataView(q40.buffer);
        list.forEach(({ d, m, nibbles }, at) => {
          const row = Math.floor(at / (inputs / 32));
          const column = at % (inputs / 32);
          const scale = valueOfHalf(parts.getUint16(at * 18, true));
          const rest = correction[column * outputs + row] as number;
          for (const [index, pair] of nibbles.entries()) {
            expect(q40[at * 18 + 2 + index]).toBe(pair);
            for (const q of [pair & 15, pair >> 4]) {
              const weight = valueOfHalf(d) * q + valueOfHalf(m);
              const found = scale * (q - 8) + rest;
              // The correction is one F32 rounding away from m + 8d.
              expect(Math.abs(found - weight)).toBeLessThanOrEqual(2 ** -23 * Math.abs(rest));
            }
          }
        });
      }),
      { numRuns: 30 },
    );
  });

  it('takes the memory that docs/engine.md gives', () => {
    const { q40, correction } = splitQ41(new Uint8Array(blocks * 20), inputs, outputs);
    const page = readFileSync(new URL('../../docs/engine.md', import.meta.url), 'utf8');
    const [, split, file] = /A split Q4_1 matrix takes (\d+) instead of (\d+) bytes/.exec(page) ?? [];
    expect([q40.byteLength + correction.byteLength, blocks * 20]).toEqual([
      blocks * Number(split),
      blocks * Number(file),
    ]);
  });
});
