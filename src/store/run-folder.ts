/** The folder of a run: created before the first trial, taken up again by the same command. */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type BlockRecord, type Job, plainText, type RunConfig, TtcError } from '../core/index.ts';
import { type AppendLog, type Durability, openAppendLog } from './append-log.ts';
import { writeAtomically } from './atomic-file.ts';
import { differenceWords } from './difference-words.ts';
import { differences } from './differences.ts';
import { readJobs, writeJobs } from './jobs-file.ts';
import { type Journal, openJournal } from './journal.ts';
import { lockFolder } from './lock.ts';
import { checkFolder, makeFolder } from './make-folder.ts';
import { type RunFacts, type RunManifest, readManifest, type SessionRecord } from './manifest.ts';
import { type SampleRow, writeSamples } from './samples-file.ts';
import { sealed, sealedDocument } from './seal.ts';

export const RUN_FILES = {
  manifest: 'run.json',
  jobs: 'jobs.jsonl',
  samples: 'samples.jsonl',
  blocks: 'blocks.jsonl',
} as const;

export interface RunFolderOptions {
  /** The plan's hash. */
  id: string;
  config: RunConfig;
  /** The plan, or the lines of `--jobs FILE`. */
  jobs: readonly Job[];
  samples: Iterable<SampleRow>;
  facts: RunFacts;
  /** Default `main`: names the journal file. */
  writer?: string;
  durability?: Durability;
}

export interface RunFolder extends AsyncDisposable {
  readonly path: string;
  readonly manifest: RunManifest;
  /** Whether the folder was there. */
  readonly resumed: boolean;
  readonly journal: Journal;
  appendBlock(block: BlockRecord): Promise<void>;
  /** Writes how this session ended into `run.json`. */
  endSession(end: Omit<SessionRecord, 'started_at' | 'changed'>): Promise<void>;
  /** Closes the files and gives the lock back. */
  close(): Promise<void>;
}

/**
 * Creates the folder, or takes it up if its configuration and plan are the same.
 * @throws E_PLAN naming the fields that differ, or where the folder holds something else
 * @throws E_LOCKED while another process writes to it
 */
export async function openRunFolder(path: string, options: RunFolderOptions): Promise<RunFolder> {
  refuseEmpty(options.jobs);
  await makeFolder(path);
  const lock = await lockFolder(path);
  let journal: Journal | undefined;
  let blocks: AppendLog | undefined;
  const close = async () => {
    // The lock goes back whatever happens to the files: a full disk must not lock the folder as well.
    try {
      await blocks?.close();
      await journal?.close();
    } finally {
      await lock[Symbol.asyncDispose]();
    }
  };
  try {
    const existing = readManifest(join(path, RUN_FILES.manifest));
    const manifest = existing ? resumed(path, existing, options) : await create(path, options);
    const session = startSession(manifest, options.facts);
    await writeManifest(path, manifest);
    const { writer, durability } = options;
    journal = await openJournal(path, writer, { locked: true, ...(durability && { durability }) });
    // Blocks can be told from trials, all but the machine's facts: not worth a sync each.
    blocks = await openAppendLog(join(path, RUN_FILES.blocks), 'process');
    return {
      path,
      manifest,
      resumed: existing !== undefined,
      journal,
      appendBlock: async (block) => void (await blocks?.append(sealed(JSON.stringify(block)))),
      async endSession(end) {
        Object.assign(session, { ended_at: new Date().toISOString() }, end);
        await writeManifest(path, manifest);
      },
      close,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What a dry run knows of a plan: without jobs only its configuration is compared. */
export type ForetoldRun = Pick<RunFolderOptions, 'config'> & Partial<Pick<RunFolderOptions, 'jobs' | 'facts'>>;

/**
 * What `openRunFolder` would find. Takes no lock and writes nothing.
 * @returns whether a run is there that would be taken up
 * @throws E_PLAN and E_ARGUMENT as `openRunFolder`
 */
export async function checkRunFolder(path: string, foretold: ForetoldRun): Promise<boolean> {
  refuseEmpty(foretold.jobs);
  await checkFolder(path);
  const existing = readManifest(join(path, RUN_FILES.manifest));
  if (existing) resumed(path, existing, foretold);
  else if (existsSync(path)) await refuseForeign(path);
  return existing !== undefined;
}

function refuseEmpty(jobs: readonly Job[] | undefined): void {
  if (jobs?.length === 0)
    throw new TtcError('E_PLAN', 'the plan holds no trials', { help: 'ask for at least one sample' });
}

/** `run.json` comes last: a folder that has it has all of its plan. */
async function create(path: string, { id, config, jobs, samples, facts }: RunFolderOptions): Promise<RunManifest> {
  await refuseForeign(path);
  await writeSamples(join(path, RUN_FILES.samples), samples);
  await writeJobs(join(path, RUN_FILES.jobs), jobs);
  return { schema: 1, id, created_at: new Date().toISOString(), config, ...facts, sessions: [] };
}

const ours = /^(lock|jobs\.jsonl|samples\.jsonl|run\.json)(\..*)?$/;

/** Only what an interrupted creation can have left may be there. */
async function refuseForeign(path: string): Promise<void> {
  const foreign = (await readdir(path)).filter((name) => !ours.test(name));
  if (foreign.length > 0)
    throw new TtcError('E_PLAN', `${path} has no run.json but holds ${foreign.slice(0, 5).join(', ')}`, {
      help: 'pick an empty folder for --out',
    });
}

function resumed(path: string, manifest: RunManifest, { config, jobs, facts }: ForetoldRun): RunManifest {
  const command = typeof manifest.checks.command === 'string' ? commandOn(manifest.checks.command, path) : undefined;
  const help = `${command === undefined ? 'run it as before' : `${command} goes on with it`}, or pick another --out`;
  const fields = differenceWords(manifest.config, plain(config));
  if (fields.length > 0) throw new TtcError('E_PLAN', `${path} was run with another ${fields.join(', ')}`, { help });
  if (!jobs) return manifest;
  const planned = readJobs(join(path, RUN_FILES.jobs));
  const changed = countChanged(planned, jobs);
  if (changed === 0) return manifest;
  const causes = facts ? changedWords(manifest, facts) : [];
  const because = causes.length > 0 ? `; these differ: ${causes.join(', ')}` : '';
  throw new TtcError(
    'E_PLAN',
    `${path} has another plan: ${changed} of ${jobs.length} trials are not in it${because}`,
    {
      help,
    },
  );
}

/** The command of a run, with its folder: without it the folder would follow from the plan. */
const commandOn = (command: string, path: string) =>
  plainText(/^ttcbench run /.test(command) && !/ --out[ =]/.test(command) ? `${command} --out ${path}` : command, 500);

/** Trials that are only in one of the two plans. */
function countChanged(planned: readonly Job[], jobs: readonly Job[]): number {
  const known = new Set(planned.map((job) => job.key));
  const added = jobs.filter((job) => !known.has(job.key)).length;
  return Math.max(added, planned.length - (jobs.length - added));
}

function changedFacts(manifest: RunManifest, facts: RunFacts): string[] {
  const { versions, hardware, model, checks } = manifest;
  return differences({ versions, hardware, model, checks }, plain(facts));
}

/** What may have made another plan, with both values: what changes answers, and where it ran. */
function changedWords({ versions, hardware, model, checks }: RunManifest, facts: RunFacts): string[] {
  const ofPlan = ({ backend, limits }: RunManifest['checks']) => ({ backend, limits });
  const then = { model, versions, hardware, checks: ofPlan(checks) };
  const { model: name, versions: ours, hardware: machine } = facts;
  return differenceWords(then, plain({ model: name, versions: ours, hardware: machine, checks: ofPlan(facts.checks) }));
}

function startSession(manifest: RunManifest, facts: RunFacts): SessionRecord {
  const changed = changedFacts(manifest, facts);
  const session: SessionRecord = { started_at: new Date().toISOString(), ...(changed.length > 0 && { changed }) };
  manifest.sessions.push(session);
  return session;
}

async function writeManifest(path: string, manifest: RunManifest): Promise<void> {
  await writeAtomically(join(path, RUN_FILES.manifest), sealedDocument(manifest));
}

/** As it comes back from a file. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
