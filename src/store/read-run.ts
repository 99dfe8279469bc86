/** Reads a run folder for reports: whatever is damaged is left out and named. */
import { existsSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type BlockRecord, type Job, type Trial, TtcError } from '../core/index.ts';
import { isObject } from './is-object.ts';
import { wrongField } from './jobs-file.ts';
import { readHeads, type TrialLines } from './journal-heads.ts';
import { type RunManifest, readManifest } from './manifest.ts';
import { readLines } from './read-lines.ts';
import { RUN_FILES } from './run-folder.ts';
import { readSamples, type SampleRow } from './samples-file.ts';
import { readSealed, sealOf } from './seal.ts';

export interface ReadRun {
  path: string;
  /** Absent where `run.json` is missing or damaged. */
  manifest?: RunManifest;
  plan: ReadPlan;
  samples: SampleRow[];
  /** One per key, the last one; those of one sample and repeat together, the baseline's first. Read at every pass. */
  trials(): Iterable<Trial>;
  /** The same in pieces of at least so many trials, which never part those that are compared. */
  pieces(size: number): TrialLines[];
  /** The trials of a piece. */
  trialsIn(piece: TrialLines): Iterable<Trial>;
  /** The same, but only samples and repeats that have a line behind these positions of their journals. */
  trialsBehind(positions: ReadonlyMap<string, number>): Iterable<Trial>;
  /** Lines of journals that hold no trial, found so far. */
  badLines(): number;
  blocks: BlockTime[];
  /**
   * One sentence for each kind of damage, and one where lines have no checksum. That of journals is known once their
   * trials were read. `scores`: what was found in `scores.jsonl`, where it was read.
   */
  damage(scores?: LineCounts): string[];
}

/** Lines of a file that cannot be read, and lines without a checksum: older versions wrote none. */
export interface LineCounts {
  readonly bad: number;
  readonly unsealed: number;
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
  if (!statSync(path).isDirectory())
    throw new TtcError('E_DATA', `${path} is no folder`, { help: 'name a folder that `ttcbench run` wrote' });
  const damage: string[] = [];
  const manifest = manifestOf(path, damage);
  const heads = readHeads(path);
  if (!manifest && heads.size === 0)
    throw new TtcError('E_DATA', `${path} holds no run`, { help: 'name a folder that `ttcbench run` wrote' });
  const samples = readSamples(join(path, RUN_FILES.samples));
  // While a run goes on, or after it was killed, half a line at the end is how its files look.
  const isOver = manifest?.sessions.at(-1)?.ended_at !== undefined;
  const plan = planOf(path);
  const blocks = blocksOf(path, isOver);
  return {
    path,
    ...(manifest && { manifest }),
    plan: plan.plan,
    samples: samples.samples,
    trials: () => ({ [Symbol.iterator]: () => heads.trials() }),
    pieces: (size) => heads.pieces(size),
    trialsIn: (piece) => ({ [Symbol.iterator]: () => heads.trialsIn(piece) }),
    trialsBehind: (positions) => ({ [Symbol.iterator]: () => heads.trialsBehind(positions) }),
    badLines: () => heads.bad(),
    blocks: blocks.blocks,
    damage(scores) {
      const counts: [string, LineCounts][] = [
        ['a journal', { bad: heads.bad() + (isOver ? heads.torn : 0), unsealed: heads.unsealed }],
        [RUN_FILES.samples, samples],
        [RUN_FILES.jobs, plan],
        [RUN_FILES.blocks, blocks],
        ...(scores ? [['scores.jsonl', scores] as [string, LineCounts]] : []),
      ];
      const unsealed = counts.reduce((sum, [, lines]) => sum + lines.unsealed, 0);
      return [...damage, ...counts.flatMap(([file, { bad }]) => wordsOf(file, bad)), ...wordsOnUnsealed(unsealed)];
    },
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
  typeof value.cell.policy_name === 'string' &&
  [value.trials, value.planned, value.makespan_ms, value.completion_tokens].every((field) => Number.isFinite(field));

function planOf(path: string): { plan: ReadPlan } & LineCounts {
  const cells = new Map<string, Job>();
  const known = new Set<string>();
  let trials = 0;
  let bad = 0;
  let unsealed = 0;
  for (const { bytes, isTooLong, isTorn } of readLines(join(path, RUN_FILES.jobs), { rest: true })) {
    if (bytes.length === 0) continue;
    const seal = isTooLong || isTorn ? 'broken' : sealOf(bytes);
    // Lines of a cell differ in their samples, which nobody asks for: one of them is read, the others are counted.
    const cellText = cellTextOf(bytes);
    if (seal !== 'broken' && cellText !== '' && known.has(cellText)) {
      trials++;
      if (seal === 'none') unsealed++;
      continue;
    }
    const job = seal === 'broken' ? undefined : valueIn(bytes);
    if (!isJob(job)) {
      bad++;
      continue;
    }
    trials++;
    if (seal === 'none') unsealed++;
    known.add(cellText);
    const { benchmark, policy_name, backend, model } = job.cell;
    const cell = JSON.stringify([benchmark, policy_name, backend, model]);
    if (!cells.has(cell)) cells.set(cell, job);
  }
  return { plan: { trials, cells: [...cells.values()] }, bad, unsealed };
}

/** Cell and parameters as a writer puts them; empty where a line is made otherwise. */
function cellTextOf(bytes: Buffer): string {
  const start = bytes.indexOf('"cell":');
  const end = bytes.indexOf(',"sample":', start);
  return start >= 0 && end > start ? bytes.toString('latin1', start, end) : '';
}

/** @param isOver whether half a line at the end is damage */
function blocksOf(path: string, isOver: boolean): { blocks: BlockTime[] } & LineCounts {
  const blocks: BlockTime[] = [];
  let bad = 0;
  let unsealed = 0;
  for (const { bytes, isTooLong, isTorn } of readLines(join(path, RUN_FILES.blocks), { rest: isOver })) {
    const read = readSealed(bytes);
    if (isTooLong || isTorn || 'problem' in read || !isBlock(read.value)) {
      bad++;
      continue;
    }
    if (!read.isSealed) unsealed++;
    const { block, cell, trials, planned, makespan_ms, completion_tokens } = read.value;
    blocks.push({ block, policy_name: cell.policy_name, trials, planned, makespan_ms, completion_tokens });
  }
  return { blocks, bad, unsealed };
}

function valueIn(bytes: Buffer): unknown {
  const read = readSealed(bytes);
  return 'problem' in read ? undefined : read.value;
}

const wordsOf = (file: string, lines: number): string[] =>
  lines > 0 ? [`${lines} ${lines === 1 ? 'line' : 'lines'} of ${file} cannot be read`] : [];

const wordsOnUnsealed = (lines: number): string[] =>
  lines === 0
    ? []
    : [
        `${lines} ${lines === 1 ? 'line has' : 'lines have'} no checksum, as older versions wrote them: damage in them may stay unseen`,
      ];
