import { describe, expect, it } from 'vitest';
import { madeUpRows } from '../../test/support/made-up-run.ts';
import { buffersOf, createUnpacker, packRows, type Row } from './index.ts';

const measured = (rows: readonly Row[]) => rows.map((row) => ({ row, faults: [] }));
/** As it comes out of the other thread. */
const sent = (rows: readonly Row[]) => {
  const packed = packRows(measured(rows));
  return structuredClone(packed, { transfer: buffersOf(packed) });
};

describe('packed rows', () => {
  it('have every value of every row, and none that a row lacks', async () => {
    const rows = await madeUpRows();
    const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
    expect(names.length).toBeGreaterThan(60);
    const seen = [...createUnpacker()(sent(rows))].map(({ row }) => names.map((name) => row[name]));
    expect(seen).toEqual(rows.map((row) => names.map((name) => row[name])));
  });

  it('keep zeros, false, null and empty texts apart from nothing', () => {
    const rows = [
      { wall_ms: 0, counter_passes: null, unscored: false, error_message: '', tallies: { a: 1 } },
      { wall_ms: -1.5, counter_passes: 3 },
      {},
    ] as unknown as Row[];
    const [first, second, third] = [...createUnpacker()(sent(rows))].map(({ row }) => row);
    expect(first).toMatchObject({ wall_ms: 0, counter_passes: null, unscored: false, error_message: '' });
    expect(first?.tallies).toEqual({ a: 1 });
    expect([second?.wall_ms, second?.counter_passes, second?.unscored]).toEqual([-1.5, 3, undefined]);
    expect([third?.wall_ms, third?.counter_passes, third?.tallies]).toEqual([undefined, undefined, undefined]);
  });

  it('of one unpacker may have different columns', () => {
    const unpack = createUnpacker();
    const [one] = unpack(sent([{ wall_ms: 1, repeat: 2 } as unknown as Row]));
    const [other] = unpack(sent([{ repeat: 3, block: 'x' } as unknown as Row]));
    expect([one?.row.wall_ms, one?.row.repeat, one?.row.block]).toEqual([1, 2, undefined]);
    expect([other?.row.wall_ms, other?.row.repeat, other?.row.block]).toEqual([undefined, 3, 'x']);
  });

  it('come with the faults of their rows', () => {
    const faults = [[], [{ metric: 'm', problem: 'it failed: x' }]];
    const packed = packRows(faults.map((of) => ({ row: { repeat: 0 } as unknown as Row, faults: of })));
    expect([...createUnpacker()(structuredClone(packed))].map((one) => one.faults)).toEqual(faults);
  });
});
