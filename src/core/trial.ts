import type { Answer, Scores } from './benchmark.ts';
import type { Counters, EndReason, Mark, ToolCall } from './call.ts';
import type { ErrorCode } from './error.ts';
import type { Fidelity } from './policy.ts';

/** benchmark × variant × backend × model. */
export interface Cell {
  benchmark: string;
  /** What `--policy` took: a variant, or several joined by `+`. */
  policy_name: string;
  realisation: 'engine' | 'client';
  backend: string;
  model: string;
  fidelity: Fidelity;
}

/** One line of `jobs.jsonl`: a trial to be played. */
export interface Job {
  key: string;
  cell: Cell;
  params: Record<string, unknown>;
  sample: string;
  repeat: number;
  seed: number;
  /** Trials of a block are offered together. */
  block: string;
}

/** One call within a trial. Times are milliseconds after its intended send, `start` after the trial's start. */
export interface Turn {
  /** Hash of the call. */
  call: string;
  /** Wall clock of the intended send, ISO 8601 in UTC. */
  started_at: string;
  /** When it was meant to be sent, after the trial's start. 0 for the first turn. */
  start: number;
  sent: number;
  /** Time of each text part, and how many tokens it brought (0 where unknown). */
  at: number[];
  tokens: number[];
  /** Text of each part; of a piece of a tool call, its piece of the arguments. Absent where the run keeps no texts. */
  texts?: string[];
  /** Indices of the parts whose text is reasoning. Absent where there are none. */
  reasoning?: number[];
  /** Indices of the parts that are pieces of tool calls. Absent where there are none. */
  tool_parts?: number[];
  /**
   * What the policy said about the tokens, a list per kind of mark with an entry per token. Absent where it said
   * nothing, and where the run keeps no texts.
   */
  marks?: TokenMarks;
  /** Events of a server's stream that each part came in; absent where no two shared a read. */
  events?: number[];
  /** Time of the first part of the answer channel; absent when there was none. */
  first_answer?: number;
  end: number;
  reason?: EndReason;
  /** Completion token ids, where the source knows them. */
  ids?: number[];
  /** Calls of tools that the model asked for. */
  tool_calls?: ToolCall[];
  /** Why the call failed. */
  error?: Failure;
  prompt_tokens: number;
  completion_tokens: number;
  reasoning_tokens?: number;
  cached_tokens?: number;
  /** Who counted the tokens. */
  origin: 'engine' | 'server' | 'estimate';
}

/** `Mark` by column; null where a token has no such mark. */
export type TokenMarks = { [kind in keyof Mark]?: (number | null)[] };

/** Something an agent did between its calls: a query, a tool. Times are milliseconds after the trial's start. */
export interface Action {
  name: string;
  /** Wall clock of its start, ISO 8601 in UTC. */
  started_at: string;
  start: number;
  end: number;
  /** The first 4,000 characters; JSON where it was no string. */
  input: string;
  /** What it gave, kept as the input is. Absent where it failed. */
  output?: string;
  error?: Failure;
}

/** A turn or an action, in the order of their starts. */
export type Step = ({ type: 'turn' } & Turn) | ({ type: 'action' } & Action);

export interface Failure {
  code: ErrorCode;
  message: string;
}

/** One sample played once in one cell: one line of the journal. */
export interface Trial {
  /** Journals also hold lines of schema 1, which know neither starts nor `wall_ms`: `store/trial-line.ts` reads both. */
  schema: 2;
  key: string;
  cell: Cell;
  params: Record<string, unknown>;
  block: string;
  sample: string;
  repeat: number;
  seed: number;
  status: 'ok' | 'failed' | 'unsupported';
  /** Wall clock at the end, ISO 8601 in UTC. */
  ended_at: string;
  answer?: Answer;
  /**
   * Milliseconds from the trial's start (the first intended send, or an action before it) to its end: calls, actions
   * and what lies between. Absent in trials of schema 1, and where there was neither a call nor an action.
   */
  wall_ms?: number;
  turns: Turn[];
  /** Absent where the benchmark has none. */
  actions?: Action[];
  counters: Counters;
  scores: Scores;
  /** Its scores are not in the journal: they come after the last call, for scoring would delay others' stamps. */
  unscored?: true;
  /** Sentence encoder used by the scores that compare meanings; absent where there is none. */
  encoder?: string;
  /** Why it failed; on an `ok` trial (`E_SCORE`) why scores are missing. */
  error?: Failure;
  /** How often the trial was started over because the engine's process died. */
  replays?: number;
}

/** What the machine did meanwhile: it says whether the times of a run may be wrong. */
export interface MachineFacts {
  wall_seconds: number;
  /** 1-minute load average at the end. */
  load: number;
  cores: number;
  /** CPU seconds of the main process per second. */
  core_use: number;
  /** Share of all cores that was busy, whoever used them. */
  busy: number;
  /** Lag of the main process's event loop in milliseconds. */
  lag: { p50: number; p99: number; max: number };
}

/** One line of `blocks.jsonl`: trials that were offered together. */
export interface BlockRecord {
  schema: 1;
  block: string;
  cell: Cell;
  /** Trials played; fewer than planned where an interrupted block was taken up again. */
  trials: number;
  planned: number;
  /** Wall clock of the offer, ISO 8601 in UTC. */
  started_at: string;
  /** Milliseconds from the offer to the end of the last trial. */
  makespan_ms: number;
  completion_tokens: number;
  machine: MachineFacts;
}

/** Turns and actions of a trial as they began: its timeline. */
export function timelineOf({ turns, actions = [] }: Pick<Trial, 'turns' | 'actions'>): Step[] {
  const steps: Step[] = [
    ...turns.map((turn) => ({ type: 'turn' as const, ...turn })),
    ...actions.map((action) => ({ type: 'action' as const, ...action })),
  ];
  return steps.sort((a, b) => a.start - b.start);
}
