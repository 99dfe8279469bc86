/**
 * The rows of a run as one Parquet file, `<run folder>/parquet/trials.parquet`. It is written aside, synced and renamed:
 * readers see the old rows or all of the new, whenever a writer dies. What it was made from stands in the file itself.
 * Compressed by Snappy, which every reader has; zstd saves a fifth and is missing in those of pure JavaScript.
 */
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { plainText, TtcError } from '../core/index.ts';
import type { MeasuredTrial } from '../rows/index.ts';
import { startOf } from '../store/process-identity.ts';
import { literal, quoted, selectFromLines, type TableColumn } from './columns.ts';
import { type DuckDBConnection, queryJson } from './open-database.ts';
import type { RunState } from './run-state.ts';
import { writeLines } from './write-lines.ts';
import { asideOf, writeTable } from './write-table.ts';

export const parquetFolder = 'parquet';
export const trialsPath = (run: string): string => join(run, parquetFolder, 'trials.parquet');

/** What a published file says of itself. */
export interface Published {
  state: RunState;
  rows: number;
  /** Lines of journals that hold no trial. */
  badLines: number;
  /** What else a reader of the rows must know: a sentence each. */
  notes: readonly string[];
}

/** Key of the file's own metadata. */
const key = 'ttcbench';

/** What stands in a run's Parquet, or nothing where there is none that can be read. */
export async function readPublished(connection: DuckDBConnection, run: string): Promise<Published | undefined> {
  const path = trialsPath(run);
  if (!existsSync(path)) return undefined;
  try {
    const [found] = await queryJson(
      connection,
      `SELECT decode(value) AS value FROM parquet_kv_metadata(${literal(path)}) WHERE decode(key) = '${key}'`,
    );
    return found && (JSON.parse(String(found.value)) as Published);
  } catch {
    return undefined;
  }
}

export interface NewRows {
  state: RunState;
  rows: AsyncIterable<MeasuredTrial>;
  /** Known once the rows were read. */
  about(): Pick<Published, 'badLines' | 'notes'>;
  /** The rows that are there stay, but for those whose trials come again. */
  keepsOld: boolean;
}

/** @throws E_DATA where the folder cannot be written; the file that was there stays */
export async function publish(
  connection: DuckDBConnection,
  run: string,
  columns: readonly TableColumn[],
  { state, rows, about, keepsOld }: NewRows,
): Promise<Published> {
  const path = trialsPath(run);
  const lines = asideOf(`${path}.lines`);
  try {
    await mkdir(join(run, parquetFolder), { recursive: true });
    sweep(join(run, parquetFolder));
    const { rows: count, longest } = await writeLines(lines, rows);
    const fresh = selectFromLines(lines, columns, longest);
    const select = keepsOld ? merged(path, fresh) : fresh;
    const kept = keepsOld ? await countKept(connection, path, fresh) : 0;
    const published = { state, rows: kept + count, ...about() };
    await writeTable(connection, select, path, published);
    return published;
  } catch (error) {
    if (error instanceof TtcError) throw error;
    throw new TtcError('E_DATA', `${path} cannot be written: ${plainText((error as Error).message, 300)}`, {
      help: 'make room, or look at the rights of the folder; the journal holds every trial',
      cause: error,
    });
  } finally {
    await rm(lines, { force: true }).catch(() => undefined);
  }
}

const replaced = (fresh: string) => `(SELECT ${quoted('trial_key')} FROM (${fresh}))`;

const merged = (path: string, fresh: string): string =>
  `SELECT * FROM read_parquet(${literal(path)}) WHERE trial_key NOT IN ${replaced(fresh)} UNION ALL BY NAME ${fresh}`;

async function countKept(connection: DuckDBConnection, path: string, fresh: string): Promise<number> {
  const sql = `SELECT count(*) AS kept FROM read_parquet(${literal(path)}) WHERE trial_key NOT IN ${replaced(fresh)}`;
  const [counted] = await queryJson(connection, sql);
  return Number(counted?.kept);
}

const asideName = /\.tmp-(\d+)-\d+$/;
/** Milliseconds: a file that its writer has not touched for so long is nobody's, if that process is gone. */
const abandoned = 60_000;

/** Takes away what dead writers left aside. */
function sweep(folder: string): void {
  for (const name of readdirSync(folder)) {
    const pid = asideName.exec(name)?.[1];
    if (pid === undefined || startOf(Number(pid)) !== undefined) continue;
    const path = join(folder, name);
    const touched = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
    if (touched !== undefined && Date.now() - touched > abandoned) rmSync(path, { force: true });
  }
}
