/** A table as a file for another program: written aside, then renamed, so that no half file carries its name. */
import { createWriteStream } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { plainText, systemWords, TtcError } from '../core/index.ts';
import { writeAtomically } from '../store/atomic-file.ts';
import { literal, quoted } from './columns.ts';
import { type CsvOptions, csvOf } from './csv.ts';
import { evaluationsOf } from './eee.ts';
import { jsonOf } from './json.ts';
import { type DuckDBConnection, queryJson } from './open-database.ts';
import { readTable } from './read-table.ts';
import { excelLimits, xlsxOf } from './xlsx.ts';

export interface Exported {
  rows: number;
  /** What the format could not hold: a sentence each. */
  notes: readonly string[];
}

interface Source extends CsvOptions {
  connection: DuckDBConnection;
  table: string;
}

interface Format {
  about: string;
  write(source: Source, path: string): Promise<Exported>;
}

/** `export --format`. To add one: one entry. */
export const exportFormats = {
  csv: {
    about: 'CSV for spreadsheets: text that would run as a formula gets an apostrophe before it, unless --raw',
    write: async (source, path) => writeText(source, path, csvOf(await tableOf(source), source)),
  },
  xlsx: { about: 'Excel; text stays text', write: writeXlsx },
  parquet: {
    about: 'Parquet, for DuckDB, pandas, Polars, Spark',
    async write(source, path) {
      const sql = `COPY (SELECT * FROM ${quoted(source.table)}) TO ${literal(path)} (FORMAT parquet, COMPRESSION snappy)`;
      await source.connection.run(sql);
      await sync(path);
      return { rows: await countOf(source), notes: [] };
    },
  },
  json: {
    about: 'a list of objects, one a line',
    write: async (source, path) => writeText(source, path, jsonOf(await tableOf(source))),
  },
} as const satisfies Record<string, Format>;

export type ExportFormat = keyof typeof exportFormats;

const tableOf = ({ connection, table }: Source) => readTable(connection, table);

async function countOf({ connection, table }: Source): Promise<number> {
  const [counted] = await queryJson(connection, `SELECT count(*) AS rows FROM ${quoted(table)}`);
  return Number(counted?.rows);
}

async function writeText(source: Source, path: string, text: AsyncIterable<string>): Promise<Exported> {
  await pipeline(Readable.from(text), createWriteStream(path, { flush: true }));
  return { rows: await countOf(source), notes: [] };
}

async function writeXlsx(source: Source, path: string): Promise<Exported> {
  const outcome = { rows: 0, cut: 0 };
  const stream = await xlsxOf(await tableOf(source), source.table, outcome);
  await pipeline(stream, createWriteStream(path, { flush: true }));
  const sheets = Math.ceil(outcome.rows / (excelLimits.rows - 1));
  return {
    rows: outcome.rows,
    notes: [
      ...(sheets > 1 ? [`a sheet holds ${excelLimits.rows} rows: there are ${sheets} sheets`] : []),
      ...(outcome.cut > 0
        ? [
            `a cell holds ${excelLimits.characters} characters: ${outcome.cut} texts were cut; csv and parquet hold all of them`,
          ]
        : []),
    ],
  };
}

/** @throws E_DATA where the file cannot be written; what was there stays */
export async function exportFile(source: Source, format: ExportFormat, path: string): Promise<Exported> {
  const aside = `${path}.tmp-${process.pid}`;
  try {
    await mkdir(dirname(path), { recursive: true });
    const exported = await exportFormats[format].write(source, aside);
    await rename(aside, path);
    return exported;
  } catch (error) {
    throw cannotExport(path, error);
  } finally {
    await rm(aside, { force: true }).catch(() => undefined);
  }
}

/** Records of Every Eval Ever, a file each, below a folder. */
export async function exportEvaluations(connection: DuckDBConnection, folder: string, now: Date): Promise<Exported> {
  const files = await evaluationsOf(connection, now);
  for (const { path, record } of files) {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true }).catch((error) => {
      throw cannotExport(file, error);
    });
    await writeAtomically(file, `${JSON.stringify(record, null, 2)}\n`);
  }
  return {
    rows: files.length,
    notes: ['records hold means of scores and metrics; answers of single samples are not among them'],
  };
}

function cannotExport(path: string, error: unknown): TtcError {
  if (error instanceof TtcError) return error;
  const isSystem = typeof (error as NodeJS.ErrnoException).errno === 'number';
  const why = isSystem ? systemWords(error) : plainText((error as Error).message, 300);
  return new TtcError('E_DATA', `${path} cannot be written: ${why}`, { help: 'pick another --out', cause: error });
}

async function sync(path: string): Promise<void> {
  const file = await open(path, 'r+');
  await file.sync().finally(() => file.close());
}
