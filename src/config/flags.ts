/** Flags and environment variables as layers of the configuration. */
import { didYouMean, TtcError } from '../core/index.ts';
import { createLayer, type Layer } from './layer.ts';

type Text = string | undefined;
type Texts = string | readonly string[] | undefined;
type Switch = boolean | undefined;

/** Flags as the command line gives them: texts, lists where they may repeat. */
export interface RunFlags {
  policy?: Texts;
  all?: Switch;
  benchmark?: Texts;
  data?: Texts;
  samples?: Text;
  repeats?: Text;
  seed?: Text;
  config?: Text;
  set?: Texts;
  backend?: Text;
  model?: Text;
  baseUrl?: Texts;
  apiKeyEnv?: Text;
  threads?: Text;
  scorer?: Texts;
  maxTokens?: Text;
  temperature?: Text;
  concurrency?: Text;
  rps?: Text;
  duration?: Text;
  jobs?: Text;
  out?: Text;
  record?: Text;
  retryFailed?: Switch;
  dryRun?: Switch;
  maxCost?: Text;
  maxTokensTotal?: Text;
  margin?: Texts;
  slo?: Texts;
  metrics?: Texts;
  offline?: Switch;
}

type Kind = 'text' | 'number' | 'switch' | 'list' | 'paths' | 'widths';

/** Flag → kind of value; its key in a file is the same name with underscores unless the table names it. */
const table: Readonly<Record<string, { kind: Kind; key?: string }>> = {
  policy: { kind: 'list', key: 'policies' },
  benchmark: { kind: 'list', key: 'benchmarks' },
  data: { kind: 'paths' },
  samples: { kind: 'number' },
  repeats: { kind: 'number' },
  seed: { kind: 'number' },
  backend: { kind: 'text' },
  model: { kind: 'text' },
  baseUrl: { kind: 'list' },
  apiKeyEnv: { kind: 'text' },
  threads: { kind: 'number' },
  scorer: { kind: 'list' },
  maxTokens: { kind: 'number' },
  temperature: { kind: 'number' },
  concurrency: { kind: 'number' },
  rps: { kind: 'number' },
  duration: { kind: 'number' },
  jobs: { kind: 'text' },
  out: { kind: 'text' },
  record: { kind: 'text' },
  retryFailed: { kind: 'switch' },
  dryRun: { kind: 'switch' },
  maxCost: { kind: 'number' },
  maxTokensTotal: { kind: 'number' },
  margin: { kind: 'widths' },
  slo: { kind: 'widths' },
  metrics: { kind: 'list' },
  offline: { kind: 'switch' },
};

const keyOf = (flag: string) => table[flag]?.key ?? flag.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const dashed = (flag: string) => `--${flag.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
const flagOf = (key: string) => Object.keys(table).find((flag) => keyOf(flag) === key);

/** Environment variables that set something, each with the key it sets. */
export const environmentKeys: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(table)
    .filter(([, { kind }]) => ['text', 'number', 'switch'].includes(kind))
    .map(([flag]) => [`TTCBENCH_${keyOf(flag).toUpperCase()}`, keyOf(flag)]),
);

export function flagLayer(flags: RunFlags): Layer {
  const given = Object.entries(flags).filter(([flag, value]) => table[flag] && value !== undefined);
  const raw: Record<string, unknown> = Object.fromEntries(
    given.map(([flag, value]) => [keyOf(flag), convert(value, table[flag]?.kind as Kind, dashed(flag))]),
  );
  if (flags.all) raw.policies = ['all', ...((raw.policies as string[] | undefined) ?? [])];
  return createLayer(raw, 'E_ARGUMENT', ([key = '']) => dashed(flagOf(key) ?? key));
}

/** Variables that set something else than a run: where models and libraries lie. */
const otherVariables = ['TTCBENCH_CACHE', 'TTCBENCH_GGML_CPU', 'TTCBENCH_GGML_DIR', 'TTCBENCH_GOLDEN'];

/** A misspelt variable would be left out without a word. */
function checkVariables(env: NodeJS.ProcessEnv): void {
  const known = [...Object.keys(environmentKeys), ...otherVariables];
  const unknown = Object.keys(env).find((name) => name.startsWith('TTCBENCH_') && !known.includes(name));
  if (unknown === undefined) return;
  throw new TtcError('E_CONFIG', `${unknown}: there is no such variable${didYouMean(unknown, known)}`, {
    help: `those that begin with TTCBENCH_ are ttcbench's own: docs/configuration.md lists them`,
  });
}

export function environmentLayer(env: NodeJS.ProcessEnv): Layer {
  checkVariables(env);
  const given = Object.entries(environmentKeys).filter(([name]) => env[name]);
  const raw = Object.fromEntries(
    given.map(([name, key]) => [key, convert(env[name], table[flagOf(key) ?? '']?.kind as Kind, name)]),
  );
  return createLayer(raw, 'E_CONFIG', ([key = '']) => `TTCBENCH_${key.toUpperCase()}`);
}

/** A text that is no number stays one, so that the schema's message can show it. */
function convert(value: unknown, kind: Kind, name: string): unknown {
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
