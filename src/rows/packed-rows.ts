/** Rows column by column: what one thread hands to another. A record a row would take longer to copy than to measure. */
import type { MetricFault } from '../metrics/index.ts';
import type { MeasuredTrial } from './measure.ts';
import type { Row } from './row.ts';

/** A value a row: NaN, or undefined, where a row has none. */
type PackedColumn = Float64Array | unknown[];

export interface PackedRows {
  rows: number;
  columns: Readonly<Record<string, PackedColumn>>;
  /** Of each row. */
  faults: readonly (readonly MetricFault[])[];
}

export function packRows(measured: readonly MeasuredTrial[]): PackedRows {
  const columns: Record<string, PackedColumn> = {};
  measured.forEach(({ row }, at) => {
    for (const name in row) {
      const value = row[name];
      if (value === undefined) continue;
      const column = columns[name] ?? emptyColumn(typeof value, measured.length);
      // A counter may be null: its policy counted wrongly.
      columns[name] = column instanceof Float64Array && typeof value !== 'number' ? unpacked(column) : column;
      (columns[name] as unknown[])[at] = value;
    }
  });
  return { rows: measured.length, columns, faults: measured.map(({ faults }) => faults) };
}

const emptyColumn = (type: string, rows: number): PackedColumn =>
  type === 'number' ? new Float64Array(rows).fill(Number.NaN) : new Array(rows).fill(undefined);

const unpacked = (column: Float64Array): unknown[] =>
  Array.from(column, (value) => (Number.isNaN(value) ? undefined : value));

/** Bytes that can change hands without a copy. */
export const buffersOf = ({ columns }: PackedRows): ArrayBuffer[] =>
  Object.values(columns).flatMap((column) => (column instanceof Float64Array ? (column.buffer as ArrayBuffer) : []));

const columnsAt = Symbol('columns');
const rowAt = Symbol('row');

/** Reads packed rows of one run. A row looks a value up where it is asked for it: most are asked for few. */
export function createUnpacker(): (packed: PackedRows) => Generator<MeasuredTrial> {
  const places = new Map<string, number>();

  class PackedRow {
    readonly [columnsAt]: readonly (PackedColumn | undefined)[];
    readonly [rowAt]: number;

    constructor(columns: readonly (PackedColumn | undefined)[], row: number) {
      this[columnsAt] = columns;
      this[rowAt] = row;
    }
  }

  const placeOf = (name: string): number => {
    const known = places.get(name);
    if (known !== undefined) return known;
    const place = places.size;
    places.set(name, place);
    Object.defineProperty(PackedRow.prototype, name, {
      get(this: PackedRow) {
        const value = this[columnsAt][place]?.[this[rowAt]];
        return Number.isNaN(value) ? undefined : value;
      },
    });
    return place;
  };

  return function* ({ rows, columns, faults }) {
    const placed: (PackedColumn | undefined)[] = [];
    for (const name in columns) placed[placeOf(name)] = columns[name];
    for (let row = 0; row < rows; row++)
      yield { row: new PackedRow(placed, row) as unknown as Row, faults: faults[row] ?? [] };
  };
}
