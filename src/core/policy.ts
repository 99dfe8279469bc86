import type { Call, Generate } from './call.ts';
import type { Engine, ModelShape } from './engine.ts';

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

/**
 * What a realisation may need beyond plain text in, plain text out. `prefill` to `server-timings` are abilities of a
 * server that are probed; `tools` says that it takes calls of tools; `fast-model` is a cheaper model of the same server;
 * `token-scores` a local model that says how surprising each token of a text is; `sentence-vectors` a local encoder;
 * `engine` our own engine.
 */
export type Capability =
  | 'prefill'
  | 'logprobs'
  | 'n'
  | 'usage'
  | 'server-timings'
  | 'tools'
  | 'fast-model'
  | 'token-scores'
  | 'sentence-vectors'
  | 'engine';

/** An opened realisation: runs once per call, concurrently. */
export type Opened = Generate & Partial<AsyncDisposable>;

/**
 * What of a call an engine realisation decides: which passes run together, how the prompt gets into the cache, or
 * every step of decoding. In a composition one policy decides each.
 */
export type Decision = 'passes' | 'prompt' | 'steps';

/** What an engine realisation may ask for when it opens, beside its engine. */
export interface EngineKit {
  /** Another model on the same library, by its path: draft models. It belongs to whoever opened it first. */
  engine?(model: string): Promise<Engine>;
}

/** How a policy works inside a model. */
export interface EngineRealisation<P> {
  fidelity(params: P): Fidelity;
  /** What it does, in one sentence. */
  standsFor: string;
  /** Trials that must be offered at once for the policy to show. @default 1 */
  blockSize?(params: P): number;
  /** What it decides with these parameters. @default the steps */
  decides?(params: P): readonly Decision[];
  /** Realisations that leave the steps alone: the engine that another policy's decode loop then runs on. */
  decorate?(engine: Engine, params: P): Engine;
  /** KV slots that a call opens: whether it fits is said before anything is played. @default prompt and answer */
  slots?(params: P, call: { promptTokens: number; maxTokens: number }, model: ModelShape): number;
  /** Whether the parameters fit a model, before anything is played. @throws E_POLICY where they do not */
  check?(params: P, model: ModelShape): void;
  /** Runs once per cell, before its first call: what takes long to open is charged to no call. */
  open(engine: Engine, params: P, kit: EngineKit): Opened | Promise<Opened>;
}

/** How surprising a token is where it stands, in nats. */
export interface TokenScore {
  text: string;
  /** −ln of the probability of this token; the first token of a text has no context and gets Infinity. */
  surprisal: number;
  /** Entropy of the distribution that the token was drawn from. */
  entropy: number;
}

/** What a client realisation may ask for when it opens, beside the backend's `generate`. All of it is on the bill. */
export interface ClientKit {
  /** The cheaper model of the same server. Present where the backend has `fast-model`. */
  fast?: Generate;
  /** Another model of the same server, by its name there. */
  another?(model: string): Generate;
  /**
   * Tokens of a text in order, scored by a local model: the path of its file, or null for the default one. The time that
   * it takes is the caller's, the tokens are on no bill. Present where the backend has `token-scores`.
   */
  tokenScores?(text: string, scorer: string | null): Promise<readonly TokenScore[]>;
  /** A vector of length 1 for each text, by the local encoder. Present where the backend has `sentence-vectors`. */
  sentenceVectors?(texts: readonly string[]): Promise<readonly Float32Array[]>;
  /** About how many tokens a text has, for budgets: bills are counted by the server. */
  count(text: string): number;
}

/**
 * The nearest honest thing to a policy that can be done over a chat API. It calls `generate`, or a model of the kit, 0,
 * 1 or n times, each time with the caller's meter (`context`, or a `fork` of it).
 */
export interface ClientRealisation<P> {
  fidelity(params: P): Fidelity;
  /** What it does, and which work inside a model it stands for, in one sentence. */
  standsFor: string;
  /** What the engine's realisation does and this one cannot, in one sentence. */
  cannot: string;
  /** Fields in which its calls may differ from the caller's; every other one has to arrive as it was given. */
  alters: readonly (keyof Call)[];
  /** What it needs of the backend with these parameters; without it the cell is `unsupported`. */
  needs(params: P): readonly Capability[];
  /** Trials that must be offered at once for the policy to show. @default 1 */
  blockSize?(params: P): number;
  /** The counter that is above zero when this half acted. @default the policy's */
  acts?: string;
  /** Runs once per cell, before its first call. */
  open(generate: Generate, params: P, kit: ClientKit): Opened | Promise<Opened>;
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
  engine?: EngineRealisation<P>;
  client?: ClientRealisation<P>;
}

// biome-ignore lint/suspicious/noExplicitAny: a registry holds policies of different parameter types
export type AnyPolicy = Policy<any>;

/** How a policy travels to the process that realises it: the name of a variant, `a+b` of several, or a file. */
export type PolicyReference = { name: string } | { module: string };
