/** Rows as columns of Parquet: one schema, that of `describeRow`. */
import { type ColumnDescription, describeRow } from '../rows/index.ts';

/** Type of a column in Parquet, as DuckDB calls it. Text that holds JSON is text: all readers know it. */
const parquetTypes = {
  text: 'VARCHAR',
  json: 'VARCHAR',
  number: 'DOUBLE',
  integer: 'BIGINT',
  flag: 'BOOLEAN',
  time: 'TIMESTAMPTZ',
  map: 'MAP(VARCHAR, DOUBLE)',
} as const satisfies Record<ColumnDescription['type'], string>;

/** How it is read from JSON. A time or an integer that is none must cost its value, not the file. */
const jsonTypes: Record<ColumnDescription['type'], string> = { ...parquetTypes, integer: 'DOUBLE', time: 'VARCHAR' };

export interface TableColumn extends ColumnDescription {
  parquet: (typeof parquetTypes)[ColumnDescription['type']];
}

/** @param counters what policies declare: counter → what it counts */
export const tableColumns = (counters: Readonly<Record<string, string>>): TableColumn[] =>
  describeRow(counters).map((column) => ({ ...column, parquet: parquetTypes[column.type] }));

export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** SELECT of rows that stand as JSON Lines in a file. Nothing is inferred: a map would become another type with each key. */
export function selectFromLines(file: string, columns: readonly TableColumn[], longest: number): string {
  const types = columns.map(({ name, type }) => `${quoted(name)}: ${literal(jsonTypes[type])}`);
  const values = columns.map(({ name, type, parquet }) =>
    jsonTypes[type] === parquet ? quoted(name) : `try_cast(${quoted(name)} AS ${parquet}) AS ${quoted(name)}`,
  );
  const options = [
    "format = 'newline_delimited'",
    "compression = 'uncompressed'",
    `maximum_object_size = ${longest}`,
    `columns = {${types.join(', ')}}`,
  ];
  return `SELECT ${values.join(', ')} FROM read_json(${literal(file)}, ${options.join(', ')})`;
}
