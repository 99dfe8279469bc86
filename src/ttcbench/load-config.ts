import { registries } from '../assembly/registries.ts';
import { type LoadOptions, loadConfig as loadFrom, type ResolvedConfig } from '../config/index.ts';

/**
 * Files, environment, settings of a program, `--set` and flags become one checked configuration. Names are those of this
 * version unless other registries are given.
 * @throws TtcError E_CONFIG, E_ARGUMENT, E_POLICY, E_BENCHMARK, E_DATA or E_NOT_BUILT, each with place and remedy
 */
export function loadConfig(options: Partial<LoadOptions> = {}): Promise<ResolvedConfig> {
  return loadFrom({ flags: {}, registries, ...options });
}
