import type { Command } from 'commander';
import { dashed, flagKeys, type Setting, type SettingFlags, settingOf } from '../config/settings.ts';

export const collect = (value: string, earlier: string[] = []): string[] => [...earlier, value];

const repeats = ['list', 'paths', 'widths'];

/** Flags of settings, with the texts and the form of the table. */
export function addFlags(command: Command, flags: readonly (keyof SettingFlags)[]): Command {
  for (const flag of flags) {
    const { flag: form, about } = settingOf(flagKeys[flag] as string) as Setting & Required<Pick<Setting, 'flag'>>;
    const name = form.value === undefined ? dashed(flag) : `${dashed(flag)} <${form.value}>`;
    if (repeats.includes(form.kind)) command.option(name, `${about}; may repeat`, collect);
    else command.option(name, about);
  }
  return command;
}

/** What names there are, at the end of `run --help`. */
export interface Names {
  policies: readonly string[];
  benchmarks: readonly string[];
}

const about = ({ policies, benchmarks }: Names) => `
policies: ${policies.join(', ')}; a+b composes; ./mine.mjs is your own
benchmarks: ${benchmarks.join(', ')}; ./mine.jsonl is your own`;

/**
 * The flags of `run`: the same name means the same wherever it appears. Values are checked when the config is made.
 * @param names for the end of the help; the registries that have them take long to load
 */
export function addRunFlags(command: Command, names?: Names): Command {
  const others = (Object.keys(flagKeys) as (keyof SettingFlags)[]).filter((flag) => flag !== 'policy');
  addFlags(command, ['policy']).option('--all', 'every variant that is built');
  addFlags(command, others)
    .option('--config <file>', 'YAML configuration')
    .option('--set <key=value>', 'one setting, dotted path; may repeat', collect)
    .option('--json', 'the result as JSON on standard output');
  return names ? command.addHelpText('after', about(names)) : command;
}
