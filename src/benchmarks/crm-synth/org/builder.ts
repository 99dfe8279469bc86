/** Collects the rows of an organisation; each gets the next Id of its table. */
import { createDraw, type Draw } from '../draw.ts';
import { recordId } from './record-id.ts';
import { noRows, type Row, type TableName } from './schema.ts';

export interface Builder {
  /** A stream of draws for one part of the organisation. */
  draw(part: string): Draw;
  add(table: TableName, values: Readonly<Record<string, string | number | null>>): Row;
  rows: Record<TableName, Row[]>;
  /** 1, 4 or 20. */
  scale: number;
}

export function createBuilder(seed: number, scale: number): Builder {
  const rows = noRows();
  return {
    rows,
    scale,
    draw: (part) => createDraw('org', seed, scale, part),
    add(table, values) {
      const row: Row = { Id: recordId(table, rows[table].length), ...values };
      rows[table].push(row);
      return row;
    },
  };
}
