import type { EndReason, Message, Tool, ToolCall, ToolChoice } from './call.ts';
import type { Capability, Schema } from './policy.ts';

/** One task. `prompt` and `reference` are what `samples.jsonl` shows; a benchmark may keep more. */
export interface Sample {
  id: string;
  prompt: string;
  reference: string;
  family?: string;
}

export interface Answer {
  text: string;
  /** Earlier turns and actions, for benchmarks with more than one call. */
  trajectory?: readonly string[];
}

/** Metric name → value. */
export type Scores = Record<string, number>;

/** What a call gave. */
export interface Reply {
  text: string;
  /** Empty where the model shows none. */
  reasoning: string;
  /** Tools that the model asks for, in their order. */
  toolCalls: readonly ToolCall[];
  reason: EndReason;
}

export interface AskOptions {
  /** The answer ends before the first of these strings. */
  stop?: readonly string[];
  /** Only ever lowers the limit that the run gives to a call. */
  maxTokens?: number;
  /** `E_CAPABILITY` where the backend takes none: see `Session.capabilities`. */
  tools?: readonly Tool[];
  /** @default 'auto' */
  toolChoice?: ToolChoice;
  /**
   * Whether the trial may go on after this call failed; its turn has the failure either way. Unless this is set, a
   * failed call fails the trial, even where the benchmark caught the error.
   * @default false
   */
  mayFail?: boolean;
}

/** What a benchmark holds while it plays a sample. */
export interface Session {
  /** One call to the model. It is a turn of the trial. @throws what the call failed with */
  ask(messages: readonly Message[], options?: AskOptions): Promise<Reply>;
  /**
   * Runs a tool or anything else an agent does between its calls: the trial then has its time, its input and what it
   * gave. Both are kept as text (JSON where they are no strings), the first 4,000 characters of each.
   * @param run gets the trial's signal; what does not end then is not waited for
   * @throws what `run` throws, after it is on record; that alone does not fail the trial
   */
  act<T>(name: string, input: unknown, run: (signal: AbortSignal) => T | Promise<T>): Promise<T>;
  /** What the backend can do. `tools`: calls may offer tools; without it a benchmark asks for them in plain text. */
  readonly capabilities: ReadonlySet<Capability>;
  /** Aborts with the trial: its time is over, or the user ended the run. */
  readonly signal: AbortSignal;
}

/** Cosine similarities [a × b] of a named encoder. */
export interface Similarity {
  (a: readonly string[], b: readonly string[]): Promise<number[][]>;
  readonly encoder: string;
}

export interface Judges {
  similarity?: Similarity;
}

export interface OpenBenchmark<S extends Sample = Sample> extends AsyncDisposable {
  /** Its name in cells and tables, where options change what its scores mean. @default the benchmark's name */
  readonly label?: string;
  /** Its calls are worked examples (questions and answers in turn) between system message and task: `shots` may change them. */
  readonly hasShots?: boolean;
  /** What compares texts in its scores: `lexical`, or the encoder that has to be there before a trial is played. */
  readonly similarity?: string;
  samples(): AsyncIterable<S>;
  play(sample: S, session: Session): Promise<Answer>;
  /** Runs after the trial ended; never part of latency. */
  score(sample: S, answer: Answer, judges: Judges): Scores | Promise<Scores>;
}

export interface Benchmark<S extends Sample = Sample, O = unknown> {
  name: string;
  /** Part of every trial's key: raise it when prompts or scores change. */
  version: string;
  about: string;
  licence: string;
  options: Schema<O>;
  /** Completion tokens a call may take unless the user says otherwise. */
  maxTokens: number;
  /** Which scores it gives; the first is the headline. */
  scores: readonly string[];
  open(options: O): OpenBenchmark<S> | Promise<OpenBenchmark<S>>;
}

// biome-ignore lint/suspicious/noExplicitAny: a registry holds benchmarks of different sample types
export type AnyBenchmark = Benchmark<any, any>;
