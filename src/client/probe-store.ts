/** Keeps what was probed, so that the next run of the same server and model asks nothing. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hash } from '../core/index.ts';
import type { Change } from './adapt.ts';
import { type Probes, probed } from './probe.ts';

/** Servers are updated: after this many days they are asked again, and after a day where they could not do something. */
const days = 7;
const daysOfNo = 1;

const millisecondsOfDay = 86_400_000;

export interface Known {
  probes: Probes;
  /** What of a request the server refused. */
  changes: readonly Change[];
  /** What else was seen, as sentences. */
  remarks: readonly string[];
  /** What the server said of its version. */
  version?: string;
}

interface Stored extends Known {
  schema: 1;
  at: string;
  about: object;
}

const pathOf = (folder: string, about: object) => join(folder, `capabilities-${hash(about)}.json`);

function isFresh({ schema, at, probes, version }: Stored, current: string | undefined, today: Date): boolean {
  const age = today.getTime() - Date.parse(at);
  const isWhole = probed.every((name) => typeof probes[name]?.evidence === 'string');
  const saysNo = isWhole && probed.some((name) => probes[name].supported === false);
  const isSame = current === undefined || version === undefined || current === version;
  return schema === 1 && isWhole && isSame && age >= 0 && age < (saysNo ? daysOfNo : days) * millisecondsOfDay;
}

const isChange = (value: unknown): value is Change =>
  typeof value === 'object' && value !== null && typeof (value as Change).field === 'string';

/** @param version what the server says of itself now: another one than before is asked anew */
export async function readProbes(
  folder: string,
  about: object,
  version?: string,
  today = new Date(),
): Promise<Known | undefined> {
  try {
    const stored = JSON.parse(await readFile(pathOf(folder, about), 'utf8')) as Stored;
    if (!isFresh(stored, version, today)) return undefined;
    const changes = Array.isArray(stored.changes) ? stored.changes.filter(isChange) : [];
    const remarks = Array.isArray(stored.remarks) ? stored.remarks.filter((one) => typeof one === 'string') : [];
    return { probes: stored.probes, changes, remarks };
  } catch {
    return undefined;
  }
}

/** Only when everything could be asked. A folder that cannot be written costs calls, not the run. */
export async function writeProbes(folder: string, about: object, known: Known, today = new Date()): Promise<void> {
  if (probed.some((name) => known.probes[name].supported === undefined)) return;
  const stored: Stored = { schema: 1, at: today.toISOString(), about, ...known };
  const path = pathOf(folder, about);
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(`${path}.${process.pid}`, JSON.stringify(stored, null, 2));
    await rename(`${path}.${process.pid}`, path);
  } catch {}
}
