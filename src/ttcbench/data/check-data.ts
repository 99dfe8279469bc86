/** What is wrong with a file or folder of data that a user has, or with a set that `makeData` wrote. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { checkRows, type DataKind } from '../../benchmarks/index.ts';
import { fileWords, readText, readTextIfThere, TtcError } from '../../core/index.ts';
import { type DataManifest, sha256Of } from './make-data.ts';

export interface CheckedData {
  path: string;
  /** What it was read as; `made`: a set with a manifest. */
  as: DataKind | 'made';
  /** Rows that can be played. */
  rows: number;
  /** Each with its place; none: the data are whole. */
  problems: string[];
}

/** @param kind told from the data unless given @throws TtcError E_DATA where the path cannot be read at all */
export async function checkData(path: string, kind?: DataKind): Promise<CheckedData> {
  const about = await stat(path).catch((cause) => {
    throw new TtcError('E_DATA', `${path} cannot be read: ${fileWords(path, cause)}`);
  });
  const manifest = about.isDirectory() ? readTextIfThere(join(path, 'manifest.json')) : undefined;
  if (kind === undefined && manifest !== undefined) return checkMade(path, manifest);
  const as = kind ?? (await kindOf(path, about.isDirectory()));
  return { path, as, ...(await checkRows(path, as)) };
}

async function checkMade(path: string, manifest: string): Promise<CheckedData> {
  const { file, sha256, samples } = readManifest(manifest, path);
  const { rows, problems } = await checkRows(join(path, file), 'own');
  const text = await readText(join(path, file));
  if (sha256Of(text) !== sha256) problems.push(`${join(path, file)}: its SHA-256 is not the one in manifest.json`);
  if (rows !== samples) problems.push(`${join(path, file)}: ${rows} samples, and manifest.json says ${samples}`);
  return { path, as: 'made', rows, problems };
}

function readManifest(text: string, path: string): Pick<DataManifest, 'file' | 'sha256' | 'samples'> {
  const damaged = new TtcError('E_DATA', `${join(path, 'manifest.json')} is not a manifest that ttcbench wrote`);
  let value: Partial<DataManifest> | null;
  try {
    value = JSON.parse(text) as Partial<DataManifest> | null;
  } catch {
    throw damaged;
  }
  const { sha256, samples } = value ?? {};
  if (value?.file !== 'samples.jsonl' || typeof sha256 !== 'string' || typeof samples !== 'number') throw damaged;
  return { file: value.file, sha256, samples };
}

/** By the fields of the first rows: no kind shares them with another. */
async function kindOf(path: string, isFolder: boolean): Promise<DataKind> {
  if (isFolder) {
    const { readdir } = await import('node:fs/promises');
    const names = await readdir(path);
    const isArena = names.some((name) => name.endsWith('.db') || name.endsWith('.jsonl'));
    return isArena ? 'crmarena' : 'worfbench';
  }
  const start = (await readText(path, { name: path })).slice(0, 20_000);
  if (/"conversations"\s*:/.test(start)) return 'worfbench';
  if (/"(?:reward_metric|ground_truth)"\s*:/.test(start)) return 'crmarena';
  return 'own';
}
