/** Writes tables into a new SQLite file. */
import { rmSync } from 'node:fs';

export type ColumnType = 'text' | 'integer' | 'real';
/** Table → column → type. */
export type TableSchema = Readonly<Record<string, Readonly<Record<string, ColumnType>>>>;
export type TableRows = Readonly<Record<string, readonly Readonly<Record<string, string | number | null>>[]>>;

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;

/** An `Id` becomes the primary key. Columns that a row lacks are null. A file of that name is replaced. */
export async function writeDatabase(file: string, schema: TableSchema, tables: TableRows): Promise<void> {
  const { default: sqlite } = await import('node-sqlite3-wasm');
  rmSync(file, { force: true });
  const database = new sqlite.Database(file);
  try {
    database.exec('pragma journal_mode = off; pragma synchronous = off; begin');
    for (const [table, columns] of Object.entries(schema)) {
      const names = Object.keys(columns);
      const typed = names.map((name) => `${quoted(name)} ${columns[name]}${name === 'Id' ? ' primary key' : ''}`);
      database.exec(`create table ${quoted(table)} (${typed.join(', ')})`);
      const insert = database.prepare(`insert into ${quoted(table)} values (${names.map(() => '?').join(', ')})`);
      for (const row of tables[table] ?? []) insert.run(names.map((name) => row[name] ?? null));
      insert.finalize();
    }
    database.exec('commit');
  } finally {
    database.close();
  }
}
