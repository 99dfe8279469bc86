/** Files that are either whole or not there. */
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { cannotWrite } from './system-errors.ts';

/**
 * Writes aside, then renames: readers see the old content or all of the new. Safe against loss of power.
 * @throws E_JOURNAL where the file cannot be written; what was written aside is taken away
 */
export async function writeAtomically(path: string, content: string | Iterable<string>): Promise<void> {
  const aside = `${path}.tmp-${process.pid}`;
  try {
    await writeAside(aside, content);
    await rename(aside, path);
  } catch (error) {
    await rm(aside, { force: true }).catch(() => undefined);
    throw cannotWrite(path, error);
  }
  await syncFolder(dirname(path));
}

async function writeAside(path: string, content: string | Iterable<string>): Promise<void> {
  const file = await open(path, 'w');
  try {
    await (typeof content === 'string' ? file.writeFile(content) : writeLines(file, content));
    await file.sync();
  } finally {
    await file.close();
  }
}

const CHUNK = 1 << 20;

async function writeLines(file: { appendFile(text: string): Promise<void> }, lines: Iterable<string>): Promise<void> {
  let text = '';
  for (const line of lines) {
    text += `${line}\n`;
    if (text.length < CHUNK) continue;
    await file.appendFile(text);
    text = '';
  }
  await file.appendFile(text);
}

/** Makes new names in a folder durable. Where folders cannot be synced (Windows), the system does it itself. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch(() => undefined);
  await folder?.sync().catch(() => undefined);
  await folder?.close();
}
