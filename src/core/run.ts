/** The resolved configuration of a run: what the plan is a pure function of. */
import type { Sampling } from './call.ts';

export interface BackendConfig {
  name: string;
  /** What cells and tables call it, where it is a named endpoint of the configuration. */
  as?: string;
  /** Model name or path; `null` = the backend's default. */
  model: string | null;
  /** A faster model of the same server, for policies that draft with one. */
  fastModel?: string;
  baseUrls: string[];
  apiKeyEnv: string | null;
  /** Engine threads; `auto` takes more than one only if a probe shows a gain. */
  threads: number | 'auto';
  /** How the engine runs prompts; its default unless given. */
  prefill?: 'flash' | 'exact';
  /** Most KV slots that a sequence of the engine may hold; no limit unless given. */
  kvSlots?: number;
  /** Tokens of a prompt that the engine runs in one pass; 256 unless given. */
  chunk?: number;
  /** Whether the engine keeps the newest prompt for what the next one shares with it. */
  prefixCache?: boolean;
  /** More variables of the model's chat template, in our engine: `enable_thinking: false` and others. */
  chatVariables?: Record<string, unknown>;
  /** Of a server: whether answers may come out of its cache of prompts. @default 'cold' */
  cache?: 'cold' | 'warm' | 'as-is';
  /** Whether reasoning between tags is part of the answer, in our engine and over an API. @default 'drop' */
  reasoning?: 'keep' | 'drop';
  /** More fields of every request's body. */
  extra?: Record<string, unknown>;
  /** Fields of a request's body that are left out. */
  omit?: string[];
}

/** A worked example: a question and its right answer, sent before the task. */
export interface Shot {
  prompt: string;
  reference: string;
}

/** What a user changes about the calls of any benchmark. */
export interface PromptLevers {
  /** In place of the benchmark's system message; `{system}` in it stands for that message. */
  system?: string;
  /** Around the question of each sample and worked example, which `{prompt}` in it stands for. */
  template?: string;
  /** The first so many of the benchmark's own worked examples, or others in their place. */
  shots?: number | readonly Shot[];
  /** In place of the benchmark's own stop strings; none where it is empty. */
  stop?: readonly string[];
}

export interface BenchmarkConfig {
  name: string;
  /** What the user asked for, where this benchmark runs in its place. */
  standsFor?: string;
  /** How many samples to draw; `null` = all. */
  samples: number | null;
  /** Seconds a trial may take. */
  timeout: number;
  options: Record<string, unknown>;
  /** Only what the user changed. */
  levers?: PromptLevers;
}

export interface PolicyConfig {
  /** Variant names joined by `+`. */
  name: string;
  /** Parameters that differ from the variant's; for compositions per variant name. */
  params: Record<string, unknown>;
  /** Name of the cell where one variant is there with several parameters (sweeps). Default: the name. */
  label?: string;
}

export interface RunConfig {
  backend: BackendConfig;
  /** All backends in their order, `backend` the first, where the run has several. */
  backends?: BackendConfig[];
  benchmarks: BenchmarkConfig[];
  /** Without the baseline, which is always added. */
  policies: PolicyConfig[];
  repeats: number;
  seed: number;
  /** `null` = the benchmark's own default. */
  maxTokens: number | null;
  temperature: number;
  sampling: Sampling;
  /** Half-width within which a metric counts as equivalent, per metric group or name. */
  margin: Record<string, number>;
  /** Concurrent trials against an API; on the engine a block decides. */
  concurrency: number;
}
