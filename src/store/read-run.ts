/** Reads a run folder for reports: whatever is damaged is left out and named. */
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type BlockRecord, type Job, type Trial, TtcError } from '../core/index.ts';
import { isObject } from './is-object.ts';
import { wrongField } from './jobs-file.ts';
import { type RunManifest, readManifest } from './manifest.ts';
import { indexJournals, trialsOf } from './read-journals.ts';
import { readLines } from './read-lines.ts';
import { RUN_FILES } from './run-folder.ts';
import { readSamples, type SampleRow } from './samples-file.ts';

export interface ReadRun {
  path: string;
  /** Absent where `run.json` is missing or damaged. */
  manifest?: RunManifest;
  jobs: Job[];
  samples: SampleRow[];
  /** One per key, the last one; read from disk at every pass. */
  trials(): Iterable<Trial>;
  blocks: BlockRecord[];
  /** One sentence for each kind of damage. */
  damage: string[];
}

/**
 * Takes no lock: a run may be going on.
 * @throws E_DATA where there is no run at all
 */
export function readRun(path: string): ReadRun {
  if (!existsSync(path))
    throw new TtcError('E_DATA', `there is no run folder ${path}`, {
      help: 'name a folder that `ttcbench run` wrote',
    });
  const damage: string[] = [];
  const manifest = manifestOf(path, damage);
  const index = indexJournals(path);
  if (!manifest && index.entries.size === 0)
    throw new TtcError('E_DATA', `${path} holds no run`, { help: 'name a folder that `ttcbench run` wrote' });
  note(damage, 'a journal', index.bad.length);
  const samples = readSamples(join(path, RUN_FILES.samples));
  note(damage, RUN_FILES.samples, samples.bad);
  return {
    path,
    ...(manifest && { manifest }),
    jobs: readTolerantly(path, RUN_FILES.jobs, isJob, damage),
    samples: samples.samples,
    trials: () => ({ [Symbol.iterator]: () => trialsOf(index) }),
    blocks: readTolerantly(path, RUN_FILES.blocks, isBlock, damage),
    damage,
  };
}

function manifestOf(path: string, damage: string[]): RunManifest | undefined {
  try {
    const manifest = readManifest(join(path, RUN_FILES.manifest));
    if (!manifest) damage.push(`${RUN_FILES.manifest} is missing`);
    return manifest;
  } catch (error) {
    damage.push(`${basename(path)}: ${(error as Error).message}`);
    return undefined;
  }
}

const isJob = (value: unknown): value is Job => wrongField(value) === undefined;
const isBlock = (value: unknown): value is BlockRecord =>
  isObject(value) && value.schema === 1 && typeof value.block === 'string' && isObject(value.cell);

function readTolerantly<T>(path: string, name: string, is: (value: unknown) => value is T, damage: string[]): T[] {
  const rows: T[] = [];
  let bad = 0;
  for (const { bytes } of readLines(join(path, name))) {
    const value = parse(bytes);
    if (is(value)) rows.push(value);
    else bad++;
  }
  note(damage, name, bad);
  return rows;
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}

function note(damage: string[], file: string, lines: number): void {
  if (lines > 0) damage.push(`${lines} ${lines === 1 ? 'line' : 'lines'} of ${file} cannot be read`);
}
