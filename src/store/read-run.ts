/** Reads a run folder for reports: whatever is damaged is left out and named. */
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type BlockRecord, type Job, type Trial, TtcError } from '../core/index.ts';
import { isObject } from './is-object.ts';
import { wrongField } from './jobs-file.ts';
import { readHeads } from './journal-heads.ts';
import { type RunManifest, readManifest } from './manifest.ts';
import { readLines } from './read-lines.ts';
import { RUN_FILES } from './run-folder.ts';
import { readSamples, type SampleRow } from './samples-file.ts';

export interface ReadRun {
  path: string;
  /** Absent where `run.json` is missing or damaged. */
  manifest?: RunManifest;
  plan: ReadPlan;
  samples: SampleRow[];
  /** One per key, the last one; those of one sample and repeat together, the baseline's first. Read at every pass. */
  trials(): Iterable<Trial>;
  blocks: BlockTime[];
  /** One sentence for each kind of damage. That of journals is known once their trials were read. */
  damage(): string[];
}

/** What readers ask of the plan; its lines are many. */
export interface ReadPlan {
  trials: number;
  /** The first job of every cell, in the order of play. */
  cells: Job[];
}

/** A block's record without what the machine did meanwhile. */
export type BlockTime = Pick<BlockRecord, 'block' | 'trials' | 'planned' | 'makespan_ms' | 'completion_tokens'> & {
  policy_name: string;
};

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
  const heads = readHeads(path);
  if (!manifest && heads.size === 0)
    throw new TtcError('E_DATA', `${path} holds no run`, { help: 'name a folder that `ttcbench run` wrote' });
  const samples = readSamples(join(path, RUN_FILES.samples));
  const plan = planOf(path);
  const blocks = blocksOf(path);
  const bad = [
    [RUN_FILES.samples, samples.bad],
    [RUN_FILES.jobs, plan.bad],
    [RUN_FILES.blocks, blocks.bad],
  ] as const;
  return {
    path,
    ...(manifest && { manifest }),
    plan: plan.plan,
    samples: samples.samples,
    trials: () => ({ [Symbol.iterator]: () => heads.trials() }),
    blocks: blocks.blocks,
    damage: () => [
      ...damage,
      ...wordsOf('a journal', heads.bad()),
      ...bad.flatMap(([file, lines]) => wordsOf(file, lines)),
    ],
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
  isObject(value) &&
  value.schema === 1 &&
  typeof value.block === 'string' &&
  isObject(value.cell) &&
  [value.trials, value.planned, value.makespan_ms, value.completion_tokens].every((field) => Number.isFinite(field));

function planOf(path: string): { plan: ReadPlan; bad: number } {
  const cells = new Map<string, Job>();
  const known = new Set<string>();
  let trials = 0;
  let bad = 0;
  for (const { bytes } of readLines(join(path, RUN_FILES.jobs))) {
    // Lines of a cell differ in their samples, which nobody asks for: one of them is read, the others are counted.
    const cellText = cellTextOf(bytes);
    if (cellText !== '' && known.has(cellText)) {
      trials++;
      continue;
    }
    const job = parse(bytes);
    if (!isJob(job)) {
      bad++;
      continue;
    }
    trials++;
    known.add(cellText);
    const { benchmark, policy_name, backend, model } = job.cell;
    const cell = JSON.stringify([benchmark, policy_name, backend, model]);
    if (!cells.has(cell)) cells.set(cell, job);
  }
  return { plan: { trials, cells: [...cells.values()] }, bad };
}

/** Cell and parameters as a writer puts them; empty where a line is made otherwise. */
function cellTextOf(bytes: Buffer): string {
  const start = bytes.indexOf('"cell":');
  const end = bytes.indexOf(',"sample":', start);
  return start >= 0 && end > start ? bytes.toString('latin1', start, end) : '';
}

function blocksOf(path: string): { blocks: BlockTime[]; bad: number } {
  const blocks: BlockTime[] = [];
  let bad = 0;
  for (const record of valuesIn(join(path, RUN_FILES.blocks))) {
    if (!isBlock(record)) {
      bad++;
      continue;
    }
    const { block, cell, trials, planned, makespan_ms, completion_tokens } = record;
    blocks.push({ block, policy_name: cell.policy_name, trials, planned, makespan_ms, completion_tokens });
  }
  return { blocks, bad };
}

/** The value of every line; undefined where a line holds none. */
function* valuesIn(file: string): Generator<unknown> {
  for (const { bytes } of readLines(file)) yield parse(bytes);
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}

const wordsOf = (file: string, lines: number): string[] =>
  lines > 0 ? [`${lines} ${lines === 1 ? 'line' : 'lines'} of ${file} cannot be read`] : [];
