/** A query's rows as a Parquet file that is whole or not there. */
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { plainText, TtcError } from '../core/index.ts';
import { syncFolder } from '../store/atomic-file.ts';
import { literal, quoted } from './columns.ts';
import type { DuckDBConnection } from './open-database.ts';

let writes = 0;

/** A name beside the file for what is written aside. */
export const asideOf = (path: string): string => `${path}.tmp-${process.pid}-${++writes}`;

/**
 * Snappy: readers without a native library know no zstd.
 * @param about stands in the file's own metadata, under `ttcbench`
 * @throws E_DATA where the file cannot be written; what was there stays
 */
export async function writeTable(
  connection: DuckDBConnection,
  select: string,
  path: string,
  about?: unknown,
): Promise<void> {
  const aside = asideOf(path);
  const metadata = about === undefined ? '' : `, KV_METADATA {ttcbench: ${literal(JSON.stringify(about))}}`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await connection.run(`COPY (${select}) TO ${literal(aside)} (FORMAT parquet, COMPRESSION snappy${metadata})`);
    await sync(aside);
    await rename(aside, path);
    await syncFolder(dirname(path));
  } catch (error) {
    throw new TtcError('E_DATA', `${path} cannot be written: ${plainText((error as Error).message, 300)}`, {
      help: 'make room, or look at the rights of the folder',
      cause: error,
    });
  } finally {
    await rm(aside, { force: true }).catch(() => undefined);
  }
}

/** The same for records that are in memory: one value or null a column, others are left out. */
export async function writeRecords(
  connection: DuckDBConnection,
  records: readonly Readonly<Record<string, unknown>>[],
  columns: Readonly<Record<string, string>>,
  path: string,
  about?: unknown,
): Promise<void> {
  const lines = asideOf(`${path}.lines`);
  const types = Object.entries(columns).map(([name, type]) => `${quoted(name)}: ${literal(type)}`);
  try {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(lines, 'w');
    await file.appendFile(records.map((record) => `${JSON.stringify(record)}\n`).join(''));
    await file.close();
    const options = `format = 'newline_delimited', columns = {${types.join(', ')}}`;
    await writeTable(connection, `SELECT * FROM read_json(${literal(lines)}, ${options})`, path, about);
  } finally {
    await rm(lines, { force: true }).catch(() => undefined);
  }
}

async function sync(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
