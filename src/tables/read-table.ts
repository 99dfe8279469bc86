/** Any table of DuckDB as values that files of text and spreadsheets can hold, a batch of rows at a time. */
import { quoted } from './columns.ts';
import { type DuckDBConnection, queryJson } from './open-database.ts';

/** `time` is text in ISO 8601 (UTC), `json` is text that holds JSON. */
export type ExportKind = 'text' | 'number' | 'flag' | 'time' | 'json';

export interface ExportColumn {
  name: string;
  kind: ExportKind;
}

/** A number beyond ±2^53 comes as text, so that no digit is lost. NaN and infinities come as null. */
export type ExportValue = string | number | boolean | null;

export interface ExportTable {
  columns: readonly ExportColumn[];
  /** Row by row, each as long as `columns`. */
  batches(): AsyncIterable<readonly (readonly ExportValue[])[]>;
}

const numbers = /^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL.*)$/;
const large = /^(U?(BIG|HUGE)INT|DECIMAL.*)$/;

function kindOf(type: string): ExportKind {
  if (/[[\]]$/.test(type) || /^(MAP|STRUCT|UNION)\b/.test(type)) return 'json';
  if (numbers.test(type)) return 'number';
  if (type === 'BOOLEAN') return 'flag';
  return type.startsWith('TIMESTAMP') ? 'time' : 'text';
}

function expressionOf(name: string, type: string): string {
  const column = quoted(name);
  const kind = kindOf(type);
  if (kind === 'json') return `CAST(to_json(${column}) AS VARCHAR)`;
  // %g is milliseconds: what rows have.
  if (kind === 'time')
    return `strftime(${type.includes('TIME ZONE') ? `${column} AT TIME ZONE 'UTC'` : column}, '%Y-%m-%dT%H:%M:%S.%gZ')`;
  if (large.test(type)) return `CAST(${column} AS VARCHAR)`;
  return kind === 'text' ? `CAST(${column} AS VARCHAR)` : column;
}

/** Rows of a batch: they are to be gone before the collector of garbage takes them for something that stays. */
const batch = 64;

/** @param table name of a table or view */
export async function readTable(connection: DuckDBConnection, table: string): Promise<ExportTable> {
  const described = await queryJson(connection, `DESCRIBE ${quoted(table)}`);
  const columns = described.map(({ column_name, column_type }) => ({
    name: String(column_name),
    type: String(column_type),
  }));
  const sql = `SELECT ${columns.map(({ name, type }) => `${expressionOf(name, type)} AS ${quoted(name)}`).join(', ')} FROM ${quoted(table)}`;
  return {
    columns: columns.map(({ name, type }) => ({ name, kind: kindOf(type) })),
    async *batches() {
      const isLarge = columns.map(({ type }) => large.test(type));
      const result = await connection.stream(sql);
      for (;;) {
        const chunk = await result.fetchChunk();
        if (!chunk || chunk.rowCount === 0) return;
        const vectors = columns.map((_, at) => chunk.getColumnVector(at));
        const rowAt = (row: number) =>
          vectors.map((vector, at) => plain(vector.getItem(row) as ExportValue, isLarge[at]));
        for (let from = 0; from < chunk.rowCount; from += batch)
          yield Array.from({ length: Math.min(batch, chunk.rowCount - from) }, (_, at) => rowAt(from + at));
      }
    },
  };
}

function plain(value: ExportValue, isLarge: boolean | undefined): ExportValue {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (!isLarge || value === null) return value;
  const number = Number(value);
  return Number.isSafeInteger(number) || String(number) === value ? number : value;
}
