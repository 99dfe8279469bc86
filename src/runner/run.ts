/** The main path of a run: what is left of the plan, block by block, into the journal. */
import type { BlockRecord, Job, Judges, MachineFacts, Prepared, RunConfig, Trial } from '../core/index.ts';
import { type Admission, closedLoop } from '../pacing/admission.ts';
import { blocksOf, runsAlone } from './block.ts';
import { openFloor } from './floor.ts';
import { doubts, watchMachine } from './machine.ts';
import type { PlayedBenchmark } from './play.ts';
import type { Progress, StatusCounts } from './progress.ts';
import type { Patience } from './stream.ts';

/** Where trials go. */
export interface TrialSink {
  /** Of a trial that is there. */
  status(key: string): Trial['status'] | undefined;
  /** Resolves when the trial is safe. */
  append(trial: Trial): Promise<void>;
  trials(): Iterable<Trial>;
}

/** Where scores go that come after their trial: of trials that were played among others. */
export interface ScoreSink {
  has(key: string): boolean;
  append(trial: Trial): Promise<void>;
}

/** What an event says of a trial: the whole of it is in the journal. */
export type FinishedTrial = Pick<Trial, 'key' | 'cell' | 'sample' | 'repeat' | 'status' | 'error'>;

export type RunEvent =
  | { type: 'start'; progress: Progress }
  /** These jobs start now, together. */
  | { type: 'begin'; jobs: readonly Job[]; progress: Progress }
  /** The trial is in the journal; among others' calls it is not scored yet. */
  | { type: 'trial'; trial: FinishedTrial; progress: Progress }
  /** A block that ran alone is over. */
  | { type: 'block'; block: BlockRecord };

export interface RunOptions {
  jobs: readonly Job[];
  journal: TrialSink;
  scores: ScoreSink;
  /**
   * The realisation of a job's cell. Called for every trial: open each cell once. The signal ends what hangs.
   * `E_CAPABILITY`, `E_COMPOSE`, `E_NO_REALISATION` and `E_NOT_BUILT` make the trial `unsupported`.
   */
  cells(job: Job, signal: AbortSignal): Prepared | Promise<Prepared>;
  benchmarks: ReadonlyMap<string, PlayedBenchmark>;
  config: Pick<RunConfig, 'maxTokens' | 'temperature' | 'sampling' | 'concurrency'>;
  /** Ends the run within a second: trials in flight are dropped and played again on resume. */
  signal: AbortSignal;
  judges?: Judges;
  retryFailed?: boolean;
  /** Against an API: when a trial may start. Default: closed loop of `config.concurrency`. */
  admission?: Admission;
  /** Asked before every start: a reason ends the run cleanly (a limit on cost or tokens). */
  enough?(): string | undefined;
  onEvent?(event: RunEvent): void;
  /** A trial was played and goes into the journal now. */
  onPlayed?(trial: Trial): void;
  /** A stream did not end in time after its trial's timeout. */
  stuck?(job: Job): void;
  patience?: Patience;
  /** Engine threads, to tell our own load from others'. */
  threads?: number;
}

export interface RunOutcome {
  status: 'complete' | 'interrupted' | 'stopped';
  /** Why it stopped. */
  reason?: string;
  progress: Progress;
  machine: MachineFacts;
  /** Why the times of this session cannot be vouched for. */
  doubts: string[];
}

/** @throws what the journal throws: without a safe place for trials there is no run */
export async function run(options: RunOptions): Promise<RunOutcome> {
  const { jobs, config, admission = closedLoop(config.concurrency) } = options;
  using machine = watchMachine();
  using floor = openFloor(options, countStatuses(options));
  let started = false;
  for (const block of blocksOf(jobs, (job) => isLeft(job, options))) {
    started = true;
    if (floor.isClosed()) break;
    if (runsAlone(block)) await floor.playAlone(block);
    else await floor.playAmongOthers(block, admission);
  }
  await floor.idle();
  const facts = machine.stop();
  await floor.scoreRest();
  return { ...floor.outcome(), ...vouch(options, facts, started) };
}

/** What a command should exit with: 0 all is well, 3 some trials failed, 130 interrupted. */
export function exitCodeOf({
  status,
  progress,
}: Pick<RunOutcome, 'status'> & { progress: Pick<Progress, 'failed'> }): 0 | 3 | 130 {
  if (status === 'interrupted') return 130;
  return progress.failed > 0 ? 3 : 0;
}

/** Whether a job is still to be played. */
export function isLeft(
  job: Job,
  { journal, retryFailed }: Pick<RunOptions, 'retryFailed'> & { journal: Pick<TrialSink, 'status'> },
): boolean {
  const status = journal.status(job.key);
  return status === undefined || (retryFailed === true && status === 'failed');
}

function countStatuses(options: RunOptions): StatusCounts {
  const counts = { ok: 0, failed: 0, unsupported: 0 };
  for (const job of options.jobs) {
    const status = options.journal.status(job.key);
    if (status && !isLeft(job, options)) counts[status]++;
  }
  return counts;
}

/** A session that finds everything played has no times that could be in doubt. */
function vouch(
  { jobs, threads }: RunOptions,
  machine: MachineFacts,
  hasTimes: boolean,
): Pick<RunOutcome, 'machine' | 'doubts'> {
  if (!hasTimes) return { machine, doubts: [] };
  const realisation = jobs.some((job) => job.cell.realisation === 'client') ? 'client' : 'engine';
  return { machine, doubts: doubts(machine, { realisation, ...(threads && { threads }) }) };
}
