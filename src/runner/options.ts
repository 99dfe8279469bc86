/** What a run takes and gives. */
import type {
  BlockRecord,
  Capability,
  Job,
  Judges,
  MachineFacts,
  Prepared,
  RunConfig,
  Stop,
  Trial,
} from '../core/index.ts';
import type { Admission } from '../pacing/admission.ts';
import type { Block } from './block.ts';
import type { Timeline } from './collect.ts';
import type { GroupOf } from './deal-blocks.ts';
import type { OutageLimits } from './outage.ts';
import type { Offer, PlayedBenchmark } from './play.ts';
import type { Progress, StatusCounts } from './progress.ts';
import type { Patience } from './stream.ts';

/** Where trials go. */
export interface TrialSink {
  /** Resolves when the trial is safe. */
  append(trial: Trial): Promise<void>;
}

/** Scores that come after the last call: those of trials that were played beside others. */
export interface LateScores {
  /** Trials that have no scores yet, one at a time; also those of earlier sessions. */
  unscored(): Iterable<Trial>;
  append(trial: Trial): Promise<void>;
}

/** What an event says of a trial: the whole of it is in the journal. */
export type FinishedTrial = Pick<Trial, 'key' | 'cell' | 'sample' | 'repeat' | 'status' | 'error' | 'wall_ms'> & {
  prompt_tokens: number;
  completion_tokens: number;
  /** From the first call's intended send to its first part. */
  first_ms?: number;
};

export type RunEvent =
  | { type: 'start'; progress: Progress }
  /** These jobs start now, together. */
  | { type: 'begin'; jobs: readonly Job[]; progress: Progress }
  /** The trial is in the journal; one that was played beside others is not scored yet. */
  | { type: 'trial'; trial: FinishedTrial; progress: Progress }
  /** A block that ran alone is over. */
  | { type: 'block'; block: BlockRecord };

export interface RunOptions {
  /** What is left to play. Each block is taken when the one before has started or, on the engine, ended. */
  blocks: Iterable<Block> | AsyncIterable<Block>;
  /** Trials of the plan, for the progress. */
  total: number;
  /** Those of them that are not left to play, by status. @default none */
  earlier?: StatusCounts;
  journal: TrialSink;
  /** Absent where nothing is scored late: on the engine. */
  lateScores?: LateScores;
  /**
   * The realisation of a job's cell. Called for every trial and call: open each cell once. The signal ends what hangs.
   * `E_CAPABILITY`, `E_COMPOSE`, `E_NO_REALISATION` and `E_NOT_BUILT` make the trial `unsupported`.
   */
  cells: OpenCell;
  /** On the engine: engines beside the first, which play blocks of other samples at the same time. */
  lanes?: Lanes;
  /** Against an API: who plays, in place of this process, until the signal aborts. */
  players?(signal: AbortSignal): Players;
  /** What the backend can do. @default nothing */
  capabilities?: ReadonlySet<Capability>;
  benchmarks: ReadonlyMap<string, PlayedBenchmark>;
  config: Pick<RunConfig, 'maxTokens' | 'temperature' | 'sampling' | 'concurrency'>;
  /** Ends the run within a second: trials in flight are dropped and played again on resume. */
  signal: AbortSignal;
  judges?: Judges;
  /** `times`: trials keep the times of their parts, but neither texts nor marks. @default 'full' */
  timeline?: Timeline;
  /** Each trial's first call is sent once before with a limit of one token, so that the server's cache knows its prompt. */
  warm?: boolean;
  /** Against an API: when a trial may start. Default: closed loop of `config.concurrency`. */
  admission?: Admission;
  /** Asked before every start: a stop ends the run cleanly. Asked again at the end, for what was really spent. */
  enough?(): Stop | undefined;
  onEvent?(event: RunEvent): void;
  /** Takes secrets out of a played trial before anything scores, stores or shows it. */
  scrub?(trial: Trial): void;
  /** A trial was played and goes into the journal now. */
  onPlayed?(trial: Trial): void;
  /** A stream did not end in time after its trial's timeout. */
  stuck?(job: Job): void;
  /** The last trial of a conversation that was on its way is over. */
  endConversation?(id: string): void;
  patience?: Patience;
  /** When a server counts as gone. @default 16 trials in a row, over 2 s */
  outage?: OutageLimits;
  /** Threads of each engine, to tell our own load from others'. */
  threads?: number;
}

export type OpenCell = (job: Job, signal: AbortSignal) => Prepared | Promise<Prepared>;

export interface Lanes {
  /** As `cells` of the run, one for each further engine. */
  others: readonly OpenCell[];
  /** Jobs of a group stay in one lane. */
  groupOf: GroupOf;
}

export interface Player {
  /** Resolves when a call of the job's cell would run at once. @throws what keeps it from being ready */
  ready(job: Job): unknown;
  /** The trial without its scores; `undefined` where the user's abort ended it. */
  play(job: Job, offer?: Offer): Promise<Trial | undefined>;
  /**
   * The same trial, unless the engine's process died under it: it may have been a neighbour that killed it, so it is
   * played once more, alone.
   */
  replayIfDied(job: Job, trial: Trial | undefined): Promise<Trial | undefined>;
}

/** Processes that play the trials of a run. */
export interface Players extends Player {
  /** The last trial is over. @returns what the processes say of their times */
  finish(): Promise<Witness>;
}

export interface Witness {
  /** Cores that they used together. */
  core_use: number;
  doubts: string[];
}

export interface RunOutcome {
  status: 'complete' | 'interrupted' | 'stopped';
  /** Why it stopped. */
  stop?: Stop;
  progress: Progress;
  machine: MachineFacts;
  /** Why the times of this session may be wrong. */
  doubts: string[];
}
