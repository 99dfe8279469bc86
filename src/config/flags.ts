/** Flags and environment variables as layers of the configuration. */
import { didYouMean, TtcError } from '../core/index.ts';
import { environmentKeys, otherVariables } from './environment-keys.ts';
import { createLayer, type Layer } from './layer.ts';
import type { Registries } from './registries.ts';
import { camel, dashed, type FlagKind, flagKeys, type SettingFlags, settingOf } from './settings.ts';

/** Flags of `run`: those of the settings, and those that say where settings come from. */
export interface RunFlags extends SettingFlags {
  /** Every variant that is built. */
  all?: boolean | undefined;
  config?: string | undefined;
  set?: string | readonly string[] | undefined;
}

const kindOf = (key: string) => settingOf(key)?.flag?.kind as FlagKind;
const flagOf = (key: string) => Object.keys(flagKeys).find((flag) => flagKeys[flag] === key) ?? camel(key);

export function flagLayer(flags: RunFlags, registries: Registries): Layer {
  const given = Object.entries(flags).filter(([flag, value]) => Object.hasOwn(flagKeys, flag) && value !== undefined);
  const raw: Record<string, unknown> = Object.fromEntries(
    given.map(([flag, value]) => {
      const key = flagKeys[flag] as string;
      return [key, convert(value, kindOf(key), dashed(flag))];
    }),
  );
  if (flags.all) raw.policies = ['all', ...((raw.policies as string[] | undefined) ?? [])];
  return createLayer(raw, 'E_ARGUMENT', ([key = '']) => dashed(flagOf(key)), registries);
}

/** A misspelt variable would be left out without a word. */
function checkVariables(env: NodeJS.ProcessEnv): void {
  const known = [...Object.keys(environmentKeys), ...otherVariables];
  const unknown = Object.keys(env).find((name) => name.startsWith('TTCBENCH_') && !known.includes(name));
  if (unknown === undefined) return;
  throw new TtcError('E_CONFIG', `${unknown}: there is no such variable${didYouMean(unknown, known)}`, {
    help: `those that begin with TTCBENCH_ are ttcbench's own: docs/configuration.md lists them`,
  });
}

export function environmentLayer(env: NodeJS.ProcessEnv, registries: Registries): Layer {
  checkVariables(env);
  const given = Object.entries(environmentKeys).filter(([name]) => env[name]);
  const raw = Object.fromEntries(given.map(([name, key]) => [key, convert(env[name], kindOf(key), name)]));
  return createLayer(raw, 'E_CONFIG', ([key = '']) => `TTCBENCH_${key.toUpperCase()}`, registries);
}

/** A text that is no number stays one, so that the schema's message can show it. */
function convert(value: unknown, kind: FlagKind, name: string): unknown {
  const texts = (Array.isArray(value) ? value : [value]).map(String);
  if (kind === 'text') return texts[0];
  if (kind === 'number') return toNumber(texts[0] as string);
  if (kind === 'switch') return toSwitch(value);
  if (kind === 'list') return toList(texts, name);
  const pairs = texts.flatMap((text) => toPairs(text, name, kind === 'paths' ? 'NAME=PATH' : 'NAME=NUMBER'));
  return Object.fromEntries(pairs.map(([key, word]) => [key, kind === 'paths' ? word : toNumber(word)]));
}

const toNumber = (text: string): unknown =>
  /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text.trim()) ? Number(text) : text;

function toSwitch(value: unknown): unknown {
  const words: Record<string, boolean> = { true: true, 1: true, yes: true, false: false, 0: false, no: false };
  return words[String(value).toLowerCase()] ?? value;
}

function toList(texts: readonly string[], name: string): string[] {
  const words = texts.flatMap((text) => text.split(',')).map((word) => word.trim());
  if (words.includes('')) throw new TtcError('E_ARGUMENT', `${name}: a name is empty`);
  return words;
}

/** A path may hold commas and equal signs: only the first equal sign counts. */
function toPairs(text: string, name: string, form: string): [string, string][] {
  const cut = text.indexOf('=');
  if (cut < 1 || cut === text.length - 1) throw new TtcError('E_ARGUMENT', `${name} ${text}: must be ${form}`);
  return [[text.slice(0, cut).trim(), text.slice(cut + 1)]];
}
