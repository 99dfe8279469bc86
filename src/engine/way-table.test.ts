import { describe, expect, it } from 'vitest';
import { fewRows, type Way } from './row-ways.ts';
import { createWayTable, describeWays } from './way-table.ts';

const byRows = (way: (rows: number) => Way) => Array.from({ length: fewRows + 1 }, (_, rows) => way(rows));

describe('the ways that were chosen', () => {
  const each = { byRows: byRows((rows) => (rows < 4 ? 'together' : 'each')), beyond: 'each' as Way, without: [] };

  it('are those of the kind and the number of rows', () => {
    const table = createWayTable();
    table.set('REPACK Q4_K', each);
    expect([1, 2, 3, 4, 16].map((rows) => table.of('REPACK Q4_K', rows, false))).toEqual([
      'together',
      'together',
      'together',
      'each',
      'each',
    ]);
    expect(table.of('a kind that nobody tried', 5, false)).toBe('together');
  });

  it('keep the bits of single rows in passes of more rows than were tried', () => {
    const table = createWayTable();
    table.set('alike', { byRows: byRows(() => 'first'), beyond: 'together', without: [] });
    table.set('not alike', each);
    expect(table.of('alike', fewRows + 1, false)).toBe('together');
    expect(table.of('not alike', fewRows + 1, false)).toBe('each');
  });

  it('do not hold for prompts, whose rows are always many', () => {
    const table = createWayTable();
    table.set('not alike', each);
    expect(table.of('not alike', 5, true)).toBe('together');
    expect(table.of('not alike', 256, true)).toBe('together');
  });

  it('are told by runs of row counts', () => {
    const single = byRows((rows) => (rows <= 4 ? 'single' : rows === 9 ? 'first' : 'together'));
    const together = byRows(() => 'together');
    expect(describeWays({ byRows: single, beyond: 'each', without: [] })).toBe(
      '2-4 rows single, 9 rows first, more rows each',
    );
    expect(describeWays({ byRows: together, beyond: 'together', without: [] })).toBe('');
    expect(describeWays({ byRows: together, beyond: 'together', without: [15, 16] })).toBe(
      '15-16 rows none with the bits of one row',
    );
  });
});
