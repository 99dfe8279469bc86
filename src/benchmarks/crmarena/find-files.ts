import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileWords, TtcError } from '../../core/index.ts';

export interface CrmFiles {
  rows: string;
  /** SQLite database of the organisation. */
  org?: string;
  /** What its tables and columns mean. */
  schema?: string;
}

/** A file is the rows; in a folder the names tell: `*.db`, `*schema*.json`, and one file of rows. */
export async function findFiles(path: string): Promise<CrmFiles> {
  const about = await stat(path).catch((cause) => {
    throw unusable(`the CRMArena data ${path} cannot be read: ${fileWords(path, cause)}`);
  });
  if (!about.isDirectory()) return { rows: path };
  const names = (await readdir(path)).sort();
  const one = (what: string, isIt: (name: string) => boolean): string | undefined => {
    const [first, second] = names.filter(isIt);
    if (second !== undefined) throw unusable(`${path} holds more than one ${what}: ${first} and ${second}`);
    return first === undefined ? undefined : join(path, first);
  };
  const isJson = (name: string) => /\.jsonl?$/.test(name);
  const rows = one('file of rows', (name) => isJson(name) && !/schema/i.test(name));
  const schema = one('schema', (name) => isJson(name) && /schema/i.test(name));
  const org = one('database', (name) => /\.(?:db|sqlite3?)$/.test(name));
  if (rows === undefined) throw unusable(`${path} holds no .json or .jsonl file of rows`);
  return { rows, ...(org !== undefined && { org }), ...(schema !== undefined && { schema }) };
}

const unusable = (message: string) =>
  new TtcError('E_DATA', message, {
    help: 'give the file of rows, or a folder with one file of rows, and for agents one .db file of the organisation',
  });
