/** The configuration of a run. Its parsers load only when a configuration is made: `--help` needs none of them. */
import type { LoadOptions, ResolvedConfig } from './resolved-config.ts';

export { loadDotEnv } from './dot-env.ts';
export type { RunFlags } from './flags.ts';
export { knownBenchmarks } from './names.ts';
export type { Registries } from './registries.ts';
export type { Execution, LoadOptions, ResolvedConfig } from './resolved-config.ts';

/**
 * Files, environment, settings of a program, `--set` and flags become one checked configuration.
 * Fails with E_CONFIG, E_ARGUMENT (flags), E_POLICY, E_BENCHMARK, E_DATA or E_NOT_BUILT; each says place and remedy.
 */
export async function loadConfig(options: LoadOptions): Promise<ResolvedConfig> {
  const { load } = await import('./load.ts');
  return load(options);
}
