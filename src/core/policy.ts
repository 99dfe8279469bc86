import type { Call, Generate } from './call.ts';
import type { Engine } from './engine.ts';

/** The part of Standard Schema v1 (standardschema.dev) that core needs; zod schemas fit. */
export interface Schema<T> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (
      value: unknown,
    ) => { value: T; issues?: undefined } | { issues: readonly SchemaIssue[] } | Promise<unknown>;
    readonly types?: { readonly input: unknown; readonly output: T } | undefined;
  };
}

export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** `exact`: the baseline's tokens. `provider`: exact if the provider's continuation is. `lossy`: neither. */
export type Fidelity = 'exact' | 'provider' | 'lossy';

/** What a client realisation may need of a backend. */
export type Capability = 'prefill' | 'logprobs' | 'n' | 'usage' | 'server-timings' | 'fast-model' | 'engine' | 'tools';

/** Things a realisation may ask for when it opens. */
export interface Tools {
  /** Another model on the same engine (draft models). */
  engine?(model: string): Promise<Engine>;
  /** Another model on the same client backend. */
  generate?(model: string): Generate;
  count(text: string): number;
}

/**
 * What of a call an engine realisation decides: which passes run together, how the prompt gets into the cache, or
 * every step of decoding. In a composition one policy decides each.
 */
export type Decision = 'passes' | 'prompt' | 'steps';

/** An opened realisation: runs once per call, concurrently. */
export type Opened = Generate & Partial<AsyncDisposable>;

export interface Realisation<Source, P> {
  fidelity(params: P): Fidelity;
  /** What this realisation does, in one sentence; client realisations also say what they stand for. */
  standsFor: string;
  /** Fields of a call that the realisation changes. None unless listed. */
  alters?: readonly (keyof Call)[];
  needs?: readonly Capability[];
  /** Engine realisations: what they decide with these parameters. @default the steps */
  decides?(params: P): readonly Decision[];
  /** Engine realisations that leave the steps alone: the engine that another policy's decode loop then runs on. */
  decorate?(engine: Source, params: P): Source;
  /** Trials that must be offered at once for the policy to show. @default 1 */
  blockSize?(params: P): number;
  /** Runs once per cell, before its first call: what takes long to open is charged to no call. */
  open(source: Source, params: P, tools: Tools): Opened | Promise<Opened>;
}

/** One technique with both its realisations. */
export interface Policy<P = unknown> {
  name: string;
  /** Part of every trial's key: raise it when answers or counters may change. */
  version: number;
  about: string;
  paper?: string;
  params: Schema<P>;
  /** Variant name → the parameters in which it differs from the schema's defaults. */
  variants: Record<string, Partial<P>>;
  /** Parameters under which the policy must equal the baseline bit by bit. */
  neutral: Partial<P>;
  /** Counter → what it counts, beyond those of the engine. */
  counters: Record<string, string>;
  /** The counter that is above zero when the policy acted; absent for the baseline and for controls. */
  acts?: string;
  engine?: Realisation<Engine, P>;
  client?: Realisation<Generate, P>;
}

// biome-ignore lint/suspicious/noExplicitAny: a registry holds policies of different parameter types
export type AnyPolicy = Policy<any>;

/** How a policy travels to the process that realises it: its name, or `a+b` of variants, or its file. */
export type PolicyReference = { name: string } | { module: string };
