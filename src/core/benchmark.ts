import type { Message } from './call.ts';
import type { Schema } from './policy.ts';

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

export interface Session {
  /** `maxTokens` only ever lowers the limit that the run gives to a call. */
  ask(messages: readonly Message[], options?: { stop?: readonly string[]; maxTokens?: number }): Promise<string>;
  signal: AbortSignal;
}

/** Cosine similarities [a × b] of a named encoder. */
export interface Similarity {
  (a: readonly string[], b: readonly string[]): Promise<number[][]>;
  readonly encoder: string;
}

export interface Judges {
  judge?: (prompt: string) => Promise<string>;
  similarity?: Similarity;
}

export interface OpenBenchmark<S extends Sample = Sample> extends AsyncDisposable {
  /** Its name in cells and tables, where options change what its scores mean. @default the benchmark's name */
  readonly label?: string;
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
