/** What the registry says of a backend, and what opening one gives. */
import type { ContextRefusal } from '../client/context-refusal.ts';
import type { Timeouts } from '../client/deadline.ts';
import type { TransportStats } from '../client/transport.ts';
import type { Backend, BackendConfig, BackendKind, Call, Generate, Prices, Trial } from '../core/index.ts';
import type { Progress, ResolvedModel } from '../models/index.ts';

export interface BackendEntry {
  /** What `--backend` takes, and the name of its section in a configuration file. */
  name: string;
  kind: BackendKind;
  /** For help and docs. */
  about: string;
  /** Keys of a configuration file that its section may hold. */
  section: readonly string[];
  /** Environment variable that holds its key, unless the user names another. */
  keyVariable?: string;
  /** Loads the backend's own code and opens it; a missing model is downloaded first. */
  open(config: BackendConfig, hooks: BackendHooks): Promise<OpenBackend>;
}

/** What a server has room for, as far as it says it. */
export interface ServerRoom {
  model: string;
  /** Positions for prompt and answer together. */
  context?: number;
  /** What was found out before, by the names of benchmarks: the limits of a run that is finished. */
  limits?: Readonly<Record<string, number>>;
  /** Tokens of a prompt by the server's own template and tokenizer, where it has a route for that. */
  promptTokens?(call: Pick<Call, 'messages'>): Promise<number>;
  /**
   * Where the server does not say its context: makes this call and leaves it at its first word.
   * @returns the refusal, where it is about the context
   */
  ask?(call: Pick<Call, 'messages' | 'maxTokens' | 'tools'>): Promise<(ContextRefusal & { words: string }) | undefined>;
}

export interface OpenBackend {
  backend: Backend;
  /** What is known of the model, for `run.json`. */
  model: Record<string, unknown>;
  /** Of a chat API, where they are known. */
  prices?: Prices | undefined;
  /** Of a chat API: what its context has room for. */
  room?: ServerRoom | undefined;
  /** Another model of the same server. */
  another?: ((model: string) => Generate) | undefined;
  /** The cheaper model of the same server, where it has one. */
  fastModel?: string | undefined;
  /** Opens sockets ahead, so that the first trials do not pay for them. */
  warm?: ((sockets: number) => Promise<void>) | undefined;
  /** Requests and opened sockets so far. */
  connections?: (() => TransportStats) | undefined;
  /** What of its requests the server has refused so far, in words. */
  adapted?: (() => readonly string[]) | undefined;
  /** Takes keys and logins out of a played trial. @returns whether there were any */
  scrub?: ((trial: Trial) => boolean) | undefined;
}

export interface BackendHooks {
  offline: boolean;
  record?: string | null;
  /** Of the phases of a call, in milliseconds. */
  timeouts?: Partial<Timeouts>;
  signal?: AbortSignal;
  onDownload?(progress: Progress): void;
  /** Why a source of the model was left. */
  onNote?(sentence: string): void;
  onModel?(model: ResolvedModel): void;
}
