/** What a configuration changes about the calls of a benchmark: system message, template, worked examples, stop strings. */
import { type PromptLevers, plainText, readText, type Shot, TtcError } from '../core/index.ts';
import { first, type Layer } from './layer.ts';
import { shots as shotsRule } from './rules.ts';
import type { SettingKey, SettingValues } from './settings.ts';

/** The value that weighs most: within a layer that of a benchmark's section, under the name that runs or that was asked for. */
export function benchmarkSetting<Key extends SettingKey>(
  key: Key,
  { name, asked }: { name: string; asked: string },
  layers: readonly Layer[],
): SettingValues[Key] | undefined {
  return first(layers, ({ benchmarks, document }) => {
    const own = benchmarks?.sections[name]?.[key] ?? benchmarks?.sections[asked]?.[key];
    return (own ?? document[key]) as SettingValues[Key] | undefined;
  });
}

/**
 * Files of examples are read here, so that the run's record holds them.
 * @returns undefined where nothing is changed
 * @throws E_DATA for a file of examples that cannot be read
 */
export async function leversOf(
  of: { name: string; asked: string },
  layers: readonly Layer[],
): Promise<PromptLevers | undefined> {
  const system = benchmarkSetting('system_prompt', of, layers);
  const template = benchmarkSetting('prompt_template', of, layers);
  const shots = benchmarkSetting('shots', of, layers);
  const stop = benchmarkSetting('stop', of, layers);
  const levers: PromptLevers = {
    ...(system !== undefined && { system }),
    ...(template !== undefined && { template }),
    ...(shots !== undefined && { shots: typeof shots === 'string' ? await readShots(shots) : shots }),
    ...(stop !== undefined && { stop: [stop].flat() }),
  };
  return Object.keys(levers).length > 0 ? levers : undefined;
}

/** One example a line; other fields than `prompt` and `reference` are left out, so a file of samples will do. */
async function readShots(path: string): Promise<readonly Shot[]> {
  const name = plainText(path);
  const lines = (await readText(path, { name })).split(/\r\n|\n|\r/).map((line) => line.replace(/^\uFEFF/, ''));
  const examples = lines.flatMap((line, at) => (line.trim() === '' ? [] : exampleOf(line, `${name}, line ${at + 1}`)));
  if (shotsRule.holds(examples)) return examples;
  throw new TtcError('E_DATA', `${name} holds ${examples.length} examples; 1 to 64 can be sent`);
}

function exampleOf(line: string, where: string): Shot {
  const refusal = new TtcError('E_DATA', `${where}: no example`, {
    help: 'each line is a JSON object with the texts prompt and reference',
  });
  try {
    const { prompt, reference } = JSON.parse(line) as Record<string, unknown>;
    const example = { prompt, reference };
    if (shotsRule.holds([example])) return example as Shot;
  } catch {}
  throw refusal;
}
