/** Keeps what was probed, so that the next run of the same server and model asks nothing. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hash } from '../core/index.ts';
import { type Probes, probed } from './probe.ts';

/** Servers are updated: after this many days they are asked again. */
const days = 7;

interface Stored {
  schema: 1;
  at: string;
  about: object;
  probes: Probes;
}

const pathOf = (folder: string, about: object) => join(folder, `capabilities-${hash(about)}.json`);

export async function readProbes(folder: string, about: object, today = new Date()): Promise<Probes | undefined> {
  try {
    const stored = JSON.parse(await readFile(pathOf(folder, about), 'utf8')) as Stored;
    const age = today.getTime() - Date.parse(stored.at);
    const isWhole = probed.every((name) => typeof stored.probes[name]?.evidence === 'string');
    return stored.schema === 1 && isWhole && age < days * 86_400_000 ? stored.probes : undefined;
  } catch {
    return undefined;
  }
}

/** Only when everything could be asked. A folder that cannot be written costs calls, not the run. */
export async function writeProbes(folder: string, about: object, probes: Probes): Promise<void> {
  if (probed.some((name) => probes[name].supported === undefined)) return;
  const stored: Stored = { schema: 1, at: new Date().toISOString(), about, probes };
  const path = pathOf(folder, about);
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(`${path}.${process.pid}`, JSON.stringify(stored, null, 2));
    await rename(`${path}.${process.pid}`, path);
  } catch {}
}
