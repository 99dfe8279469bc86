/** What goes into a configuration and what comes out. */
import type { RunConfig } from '../core/index.ts';
import type { RunFlags } from './flags.ts';
import type { Registries } from './registries.ts';

export interface LoadOptions {
  /** Configuration file; else `flags.config`. A `policies.yaml` beside it is read too. */
  file?: string | undefined;
  /** Table of policy parameters, in place of the one beside the configuration. */
  policiesFile?: string | undefined;
  flags: RunFlags;
  /** What a configuration file may hold, as an object. Weighs more than files and environment, less than flags. */
  settings?: Readonly<Record<string, unknown>> | undefined;
  /** Parameters of the run's policies by name, of most weight: those of `sweep --param`. Selects none. */
  params?: Record<string, Record<string, unknown>>;
  /** Filled up from the folder's `.env`. */
  env?: NodeJS.ProcessEnv;
  /** Where `.env` is looked for (the working directory). */
  folder?: string;
  registries: Registries;
}

/** How a run is carried out; nothing here can change an answer. */
export interface Execution {
  /** Plays exactly the jobs of this file. */
  jobs: string | null;
  /** Run folder; `null` = derived from the plan. */
  out: string | null;
  /** File that gets a recording of an API's answers. */
  record: string | null;
  /** Trials per second against an API, how they are spread, and seconds to go on for. */
  rps: number | null;
  arrivals: 'constant' | 'poisson';
  duration: number | null;
  /** The provider's limits, where its headers do not say them. */
  requestsPerSecond: number | null;
  requestsPerMinute: number | null;
  tokensPerMinute: number | null;
  /** Seconds that the phases of a call to an API may take; `null` = the client's own. */
  timeouts: { connect: number | null; firstToken: number | null; gap: number | null };
  /** Bounds that stop a run cleanly: US dollars and tokens. */
  maxCost: number | null;
  maxTokensTotal: number | null;
  /** Engines, or client processes against an API, that work at once on this machine. */
  workers: number;
  /** Store whose workers play the trials; `null` = this machine does. */
  queue: string | null;
  /** Where Prometheus finds the run's metrics, on the loopback address; 0 = any free port, `null` = nowhere. */
  metricsPort: number | null;
  /** Modules with metrics of the user's own. */
  metrics: string[];
  /** Limits on metrics that every trial should keep. */
  slo: Record<string, number>;
  /** What the journal keeps of each part of an answer: all of it, or its time and tokens alone. */
  timeline: 'full' | 'times';
  retryFailed: boolean;
  dryRun: boolean;
  offline: boolean;
}

export interface ResolvedConfig {
  config: RunConfig;
  execution: Execution;
  /** Sentences for the user, such as which benchmark stands in for another. */
  notes: string[];
  /** Files that were read. */
  files: string[];
}
