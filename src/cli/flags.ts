import { type Command, Option } from 'commander';
import { dashed, flagKeys, type Setting, type SettingFlags, settingOf } from '../config/settings.ts';

export const collect = (value: string, earlier: string[] = []): string[] => [...earlier, value];

const repeats = ['list', 'paths', 'widths'];

/** What `run --help` puts under which heading, in this order. */
export const groups: Readonly<Record<string, readonly string[]>> = {
  'What runs:': ['policy', 'all', 'benchmark', 'data', 'scorer', 'config', 'set'],
  'Where:': ['backend', 'model', 'fastModel', 'baseUrl', 'apiKeyEnv', 'promptCache', 'threads', 'offline'],
  'How much:': ['samples', 'repeats', 'seed', 'jobs', 'retryFailed', 'maxCost', 'maxTokensTotal', 'duration'],
  'Answers:': ['maxTokens', 'temperature'],
  'Load:': ['concurrency', 'rps', 'workers', 'queue'],
  'What is judged:': ['metrics', 'margin', 'slo'],
  'Output:': ['dryRun', 'out', 'record', 'json', 'metricsPort'],
};

/** Flags of `run` that are no settings. */
const others: Readonly<Record<string, () => Option>> = {
  all: () => new Option('--all', 'every variant that is built'),
  config: () => new Option('--config <file>', 'YAML configuration'),
  set: () => new Option('--set <key=value>', 'one setting, dotted path; may repeat').argParser(collect),
  json: () => new Option('--json', 'the result as JSON on standard output'),
};

function optionOf(flag: string): Option {
  const { flag: form, about } = settingOf(flagKeys[flag] as string) as Setting & Required<Pick<Setting, 'flag'>>;
  const name = form.value === undefined ? dashed(flag) : `${dashed(flag)} <${form.value}>`;
  return repeats.includes(form.kind)
    ? new Option(name, `${about}; may repeat`).argParser(collect)
    : new Option(name, about);
}

/** Flags of settings, with the texts and the form of the table. */
export function addFlags(command: Command, flags: readonly (keyof SettingFlags)[]): Command {
  for (const flag of flags) command.addOption(optionOf(flag));
  return command;
}

/** What names there are, at the end of `run --help`. */
export interface Names {
  policies: readonly string[];
  benchmarks: readonly string[];
}

/** Broken between names, so that a terminal breaks none of them. */
function listed(title: string, names: readonly string[], more: string, width: number): string {
  const lines = [`${title}:`];
  for (const word of [...names.map((name, at) => (at < names.length - 1 ? `${name},` : `${name};`)), more]) {
    const last = lines.at(-1) as string;
    if (last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(`  ${word}`);
  }
  return lines.join('\n');
}

const about = ({ policies, benchmarks }: Names, width: number) => `
${listed('policies', policies, 'a+b composes; ./mine.mjs is your own', width)}
${listed('benchmarks', benchmarks, './mine.jsonl is your own', width)}`;

/**
 * The flags of `run`: the same name means the same wherever it appears. Values are checked when the config is made.
 * @param names for the end of the help; the registries that have them take long to load
 */
export function addRunFlags(command: Command, names?: Names): Command {
  for (const [heading, flags] of Object.entries(groups))
    for (const flag of flags) command.addOption((others[flag]?.() ?? optionOf(flag)).helpGroup(heading));
  if (!names) return command;
  return command.addHelpText('after', () =>
    about(names, command.configureHelp().helpWidth ?? (process.stdout.columns || 80)),
  );
}
