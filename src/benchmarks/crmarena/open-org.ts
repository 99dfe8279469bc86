/** The organisation that a user has as an SQLite file. Agents query a copy: the user's own file is only read. */

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { readText, systemWords, TtcError } from '../../core/index.ts';
import { openQueries, type Queries } from '../crm-agent/open-queries.ts';
import { jsonRows } from '../json-rows.ts';

export interface CrmOrg extends AsyncDisposable {
  queries: Queries;
  /** Tables and columns in words, for the system message. */
  schema: string;
  /** SHA-256 of the file: what it holds decides answers. */
  sha256: string;
}

/** Object → field → what it is. */
type Meanings = ReadonlyMap<string, Readonly<Record<string, string | null>>>;

/** @throws TtcError E_DATA where the file cannot be read or is no SQLite database */
export async function openOrg(file: string, schemaFile: string | undefined): Promise<CrmOrg> {
  const meanings = schemaFile === undefined ? new Map() : await readMeanings(schemaFile);
  const folder = await mkdtemp(join(tmpdir(), 'ttcbench-crmarena-'));
  const dispose = () => rm(folder, { recursive: true, force: true });
  try {
    const copy = join(folder, 'org.db');
    await copyFile(file, copy);
    const tables = await tablesOf(copy);
    const queries = openQueries(copy);
    return {
      ...{ queries, schema: schemaText(tables, meanings), sha256: await sha256Of(file) },
      async [Symbol.asyncDispose]() {
        await queries[Symbol.asyncDispose]();
        await dispose();
      },
    };
  } catch (cause) {
    await dispose();
    const code = (cause as NodeJS.ErrnoException).code;
    const words = typeof code === 'string' ? systemWords(cause) : 'it is no SQLite database with tables';
    throw new TtcError('E_DATA', `the organisation ${file} cannot be used: ${words}`, {
      help: 'give an SQLite file whose tables are those of the organisation',
    });
  }
}

async function tablesOf(file: string): Promise<Map<string, string[]>> {
  const { default: sqlite } = await import('node-sqlite3-wasm');
  const database = new sqlite.Database(file, { readOnly: true });
  try {
    const names = database.all("select name from sqlite_master where type in ('table', 'view') order by name");
    const tables = names.map(({ name }): [string, string[]] => {
      const columns = database.all(`pragma table_info("${String(name).replaceAll('"', '""')}")`);
      return [String(name), columns.map((column) => String(column.name))];
    });
    if (tables.length === 0) throw new Error('no tables');
    return new Map(tables);
  } finally {
    database.close();
  }
}

const meaning = z.looseObject({ object: z.string(), fields: z.record(z.string(), z.string().nullable()) });

async function readMeanings(file: string): Promise<Meanings> {
  const rows = [...jsonRows(await readText(file, { name: `the schema ${file}` }))].map((row) => {
    const read = meaning.safeParse('value' in row ? row.value : undefined);
    if (read.success) return [read.data.object, read.data.fields] as const;
    throw new TtcError('E_DATA', `${file}, ${row.where}: not a row { object, fields }`);
  });
  return new Map(rows);
}

function schemaText(tables: ReadonlyMap<string, readonly string[]>, meanings: Meanings): string {
  const lines = [...tables].flatMap(([table, columns]) => {
    const known = meanings.get(table);
    if (!known) return [`"${table}" (${columns.join(', ')})`];
    return [`"${table}"`, ...columns.map((column) => `  - ${column}${known[column] ? `: ${known[column]}` : ''}`)];
  });
  return `The database is SQLite, to be asked in SQL. Its tables and columns:\n${lines.join('\n')}\nQuote names that are words of SQL, such as "Case" and "Order".`;
}

async function sha256Of(file: string): Promise<string> {
  const digest = createHash('sha256');
  for await (const bytes of createReadStream(file)) digest.update(bytes as Buffer);
  return digest.digest('hex');
}
