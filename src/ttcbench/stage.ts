/** One backend of a run, opened and planned. */
import type { BackendHooks, OpenBackend } from '../assembly/open-backend.ts';
import type { OpenedBenchmark } from '../assembly/open-benchmarks.ts';
import type { RunPolicy } from '../assembly/planned-policies.ts';
import type { ResolvedConfig } from '../config/index.ts';
import type { RunEvent } from '../runner/run.ts';

/** What playing needs of the options of a run. */
export interface StageOptions extends Pick<BackendHooks, 'onNote'> {
  resolved: ResolvedConfig;
  signal: AbortSignal;
  onEvent?(event: RunEvent): void;
}

/** One backend of a run with what is played on it. */
export interface Stage {
  resolved: ResolvedConfig;
  opened: OpenBackend;
  benchmarks: readonly OpenedBenchmark[];
  policies: readonly RunPolicy[];
}
