/** Environment variables of ours: which setting each one sets, and which of them a `.env` file may hold. */
import { flagKeys, settingOf } from './settings.ts';

const kindOf = (key: string) => settingOf(key)?.flag?.kind ?? '';

/** Environment variables that set something, each with the key it sets. */
export const environmentKeys: Readonly<Record<string, string>> = Object.fromEntries(
  Object.values(flagKeys)
    .filter((key) => ['text', 'number', 'switch'].includes(kindOf(key)))
    .map((key) => [`TTCBENCH_${key.toUpperCase()}`, key]),
);

/** Variables that set something else than a run: where models and libraries lie. */
export const otherVariables = ['TTCBENCH_CACHE', 'TTCBENCH_GGML_CPU', 'TTCBENCH_GGML_DIR', 'TTCBENCH_GOLDEN'];

/** Texts that only name a choice. All others name files to write, or variables to send to a server. */
const choices = ['backend', 'model', 'prompt_cache'];

/**
 * Whether a `.env` file may set this variable. Such a file comes with a folder that somebody else may have made, so it
 * may hold keys and plain settings. It may not hold what makes a program run code or write files: `NODE_OPTIONS`,
 * `LD_PRELOAD`, `TTCBENCH_GGML_DIR`, `TTCBENCH_OUT`.
 */
export function mayStandInDotEnv(name: string): boolean {
  if (/^[A-Za-z_]\w*_(KEY|TOKEN)$/.test(name)) return true;
  const key = environmentKeys[name];
  return key !== undefined && (kindOf(key) !== 'text' || choices.includes(key));
}
