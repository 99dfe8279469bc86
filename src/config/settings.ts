/**
 * The table of settings. From one line here follow the key of a configuration file, the flag with its help, the
 * environment variable, the check of the value, and the field of the resolved configuration with its default.
 */
import { backendNames } from '../backends/index.ts';
import {
  above0,
  anything,
  bodyFields,
  mapOf,
  number,
  oneOf,
  paths,
  positive,
  type Rule,
  seconds,
  shots,
  stops,
  template,
  text,
  texts,
  urls,
  variableName,
  whole,
  wholeOr,
  widths,
  yes,
} from './rules.ts';

export type FlagKind = 'text' | 'number' | 'switch' | 'list' | 'paths' | 'widths';

export interface Setting {
  rule: Rule<unknown>;
  /** In place of a rule's own value: keys of a map. */
  fields?: Readonly<Record<string, Rule<unknown>>>;
  /** For `--help`; `docs/configuration.md` says more. */
  about: string;
  /** How the command line gives it. Absent: only files, `--set` and sections do. */
  flag?: {
    kind: FlagKind;
    /** What stands for its value in the help. */
    value?: string;
    /** @default the key with dashes */
    name?: string;
  };
  /** Part and field of the resolved configuration; absent where a setting is resolved with others. */
  to?: string;
  /** The value where nobody sets it; without one the field is left out. */
  fallback?: unknown;
  /** `list`: one value is a list of one. `merged`: maps of all layers become one. @default the value of most weight */
  as?: 'list' | 'merged';
}

const most = Number.MAX_SAFE_INTEGER;

export const settings = {
  policies: {
    rule: anything,
    about: 'variant, or several joined by +',
    flag: { kind: 'list', value: 'name', name: 'policy' },
  },
  benchmarks: {
    rule: anything,
    about: 'benchmark, or path of your own .jsonl',
    flag: { kind: 'list', value: 'name', name: 'benchmark' },
  },
  data: { rule: paths, about: 'data of a benchmark', flag: { kind: 'paths', value: 'name=path' } },
  scorer: { rule: texts, about: 'scorer for your own benchmark', flag: { kind: 'list', value: 'name' } },
  samples: {
    rule: wholeOr(1, most, 'all'),
    about: 'samples per benchmark, or all',
    flag: { kind: 'number', value: 'n' },
    fallback: 50,
  },
  timeout: { rule: seconds, about: 'seconds a trial may take', fallback: 120 },
  system_prompt: { rule: text, about: "in place of a benchmark's system message, which {system} stands for" },
  prompt_template: { rule: template, about: 'text around each question, which {prompt} stands for' },
  shots: { rule: shots, about: "how many of a benchmark's worked examples are sent, or a file or list of others" },
  stop: { rule: stops, about: "where answers end, in place of a benchmark's own stop strings" },
  repeats: {
    rule: whole(1, 10_000),
    about: 'how often each sample is played',
    flag: { kind: 'number', value: 'n' },
    to: 'config.repeats',
    fallback: 1,
  },
  seed: {
    rule: whole(0, most),
    about: 'seed of samples, order and sampling',
    flag: { kind: 'number', value: 'n' },
    to: 'config.seed',
    fallback: 1,
  },
  max_tokens: {
    rule: whole(1, 1_000_000),
    about: 'completion tokens per call',
    flag: { kind: 'number', value: 'n' },
    to: 'config.maxTokens',
    fallback: null,
  },
  temperature: {
    rule: number(0, 2),
    about: '0 = greedy',
    flag: { kind: 'number', value: 't' },
    to: 'config.temperature',
    fallback: 0,
  },
  sampling: {
    rule: anything as Rule<{ top_k?: number; top_p?: number; min_p?: number; repetition_penalty?: number }>,
    fields: { top_k: whole(1, 1_000_000), top_p: above0(1), min_p: number(0, 1), repetition_penalty: above0(10) },
    about: 'filters of sampling',
  },
  margin: {
    rule: widths('numbers'),
    about: 'half-width within which a metric counts as equivalent',
    flag: { kind: 'widths', value: 'name=value' },
    to: 'config.margin',
    fallback: { quality: 0.02 },
    as: 'merged',
  },
  slo: {
    rule: widths('limits'),
    about: 'limit that every trial should keep, for goodput',
    flag: { kind: 'widths', value: 'metric=limit' },
    to: 'execution.slo',
    fallback: {},
    as: 'merged',
  },
  metrics: {
    rule: texts,
    about: 'module with metrics of your own',
    flag: { kind: 'list', value: 'module' },
    to: 'execution.metrics',
    fallback: [],
    as: 'list',
  },
  backend: {
    // Names are checked where endpoints are known: `resolve-settings.ts`.
    rule: texts,
    about: `${backendNames.slice(0, -1).join(', ')} or ${backendNames.at(-1)}, a named endpoint, or several with commas`,
    flag: { kind: 'text', value: 'name' },
    to: 'backend.name',
    fallback: 'ggml',
  },
  model: {
    rule: text,
    about: 'model of the backend',
    flag: { kind: 'text', value: 'name or path' },
    to: 'backend.model',
    fallback: null,
  },
  fast_model: {
    rule: text,
    about: 'faster model of the same server, for policies that draft with one',
    flag: { kind: 'text', value: 'name' },
    to: 'backend.fastModel',
  },
  base_url: {
    rule: urls,
    about: 'server of an API backend',
    flag: { kind: 'list', value: 'url' },
    to: 'backend.baseUrls',
    fallback: [],
    as: 'list',
  },
  api_key_env: {
    rule: variableName,
    about: 'environment variable that holds the key',
    flag: { kind: 'text', value: 'name' },
    to: 'backend.apiKeyEnv',
    fallback: null,
  },
  // Not `cache`: its variable would be TTCBENCH_CACHE, which says where models lie.
  prompt_cache: {
    rule: oneOf(['cold', 'warm', 'as-is']),
    about: 'an API answers without its cache of prompts (cold), with each prompt in it (warm), or as it does (as-is)',
    flag: { kind: 'text', value: 'state' },
    to: 'backend.cache',
  },
  reasoning: {
    rule: oneOf(['drop', 'keep']),
    about: 'what becomes of reasoning between tags: drop, or keep it in the answer',
    to: 'backend.reasoning',
  },
  extra: { rule: bodyFields, about: 'more fields of every request to an API', to: 'backend.extra' },
  omit: { rule: texts, about: 'fields that requests to an API leave out', to: 'backend.omit', as: 'list' },
  threads: {
    rule: wholeOr(1, 256, 'auto'),
    about: 'engine threads, or auto',
    flag: { kind: 'number', value: 'n' },
    to: 'backend.threads',
    fallback: 1,
  },
  prefill: { rule: oneOf(['flash', 'exact']), about: 'how the engine runs prompts', to: 'backend.prefill' },
  chat_template_kwargs: {
    rule: mapOf('of variables of a chat template'),
    about: "more variables of the model's chat template, such as enable_thinking: false",
    to: 'backend.chatVariables',
  },
  kv_slots: { rule: whole(1, 2 ** 24), about: 'most KV slots of a sequence', to: 'backend.kvSlots' },
  prompt_chunk: {
    rule: whole(16, 4096),
    about: 'tokens of a prompt that the engine runs in one pass',
    to: 'backend.chunk',
  },
  prefix_cache: {
    rule: yes,
    about: 'the engine keeps the newest prompt for what the next one shares with it',
    to: 'backend.prefixCache',
  },
  concurrency: {
    rule: whole(1, 10_000),
    about: 'concurrent trials against an API',
    flag: { kind: 'number', value: 'n' },
    to: 'config.concurrency',
    fallback: 8,
  },
  rps: {
    rule: positive('requests per second'),
    about: 'trials per second against an API (open loop)',
    flag: { kind: 'number', value: 'n' },
    to: 'execution.rps',
    fallback: null,
  },
  arrivals: {
    rule: oneOf(['constant', 'poisson']),
    about: 'how the trials of rps are spread',
    to: 'execution.arrivals',
    fallback: 'constant',
  },
  duration: {
    rule: positive('seconds'),
    about: 'how long to go on, with --rps',
    flag: { kind: 'number', value: 'seconds' },
    to: 'execution.duration',
    fallback: null,
  },
  requests_per_second: limit('requests per second', 'requestsPerSecond'),
  requests_per_minute: limit('requests per minute', 'requestsPerMinute'),
  tokens_per_minute: limit('tokens per minute', 'tokensPerMinute'),
  connect_timeout: phase('to accept a connection', 'connect'),
  first_token_timeout: phase('to send the first token', 'firstToken'),
  gap_timeout: phase('between two events', 'gap'),
  max_cost: {
    rule: positive('US dollars'),
    about: 'stop cleanly at this cost',
    flag: { kind: 'number', value: 'usd' },
    to: 'execution.maxCost',
    fallback: null,
  },
  max_tokens_total: {
    rule: whole(1, most),
    about: 'stop cleanly at this many tokens',
    flag: { kind: 'number', value: 'n' },
    to: 'execution.maxTokensTotal',
    fallback: null,
  },
  workers: {
    rule: whole(1, 64),
    about: 'engines, or client processes of an API, that work at once on this machine',
    flag: { kind: 'number', value: 'n' },
    to: 'execution.workers',
    fallback: 1,
  },
  queue: {
    rule: text,
    about: 'Redis, Valkey or Postgres whose workers (ttcbench worker) play the trials against an API',
    flag: { kind: 'text', value: 'url' },
    to: 'execution.queue',
    fallback: null,
  },
  metrics_port: {
    rule: whole(0, 65_535),
    about: 'serve Prometheus metrics of the run on this port of this machine; 0 = any that is free',
    flag: { kind: 'number', value: 'port' },
    to: 'execution.metricsPort',
    fallback: null,
  },
  jobs: {
    rule: text,
    about: 'play exactly these jobs',
    flag: { kind: 'text', value: 'file' },
    to: 'execution.jobs',
    fallback: null,
  },
  out: {
    rule: text,
    about: 'run folder; an existing one with the same plan is resumed',
    flag: { kind: 'text', value: 'folder' },
    to: 'execution.out',
    fallback: null,
  },
  record: {
    rule: text,
    about: 'record an API’s answers, for --backend replay --model FILE',
    flag: { kind: 'text', value: 'file' },
    to: 'execution.record',
    fallback: null,
  },
  timeline: {
    rule: oneOf(['full', 'times']),
    about: 'what the journal keeps of each part: full, or times without texts and marks',
    to: 'execution.timeline',
    fallback: 'full',
  },
  retry_failed: toggle('play failed trials again', 'retryFailed'),
  dry_run: toggle('say what would be done', 'dryRun'),
  offline: toggle('download nothing', 'offline'),
} as const satisfies Record<string, Setting>;

function limit<const F extends string>(what: string, field: F) {
  return {
    rule: positive(what),
    about: `${what} that an API allows`,
    to: `execution.${field}`,
    fallback: null,
  } as const;
}

function phase<const F extends string>(what: string, field: F) {
  const about = `seconds that an API may take ${what}`;
  return { rule: seconds, about, to: `execution.timeouts.${field}`, fallback: null } as const;
}

function toggle<const F extends string>(about: string, field: F) {
  return { rule: yes, about, flag: { kind: 'switch' }, to: `execution.${field}`, fallback: false } as const;
}

type Settings = typeof settings;
export type SettingKey = keyof Settings;

/** Values of settings as a file gives them. */
export type SettingValues = {
  [Key in SettingKey]?: Settings[Key]['rule'] extends Rule<infer T> ? T : never;
};

/** One setting, without the literal types of the table. */
export const settingOf = (key: string): Setting | undefined =>
  Object.hasOwn(settings, key) ? settings[key as SettingKey] : undefined;

/** Flag in camel case → key, of all settings that have a flag. */
export const flagKeys: Readonly<Record<string, SettingKey>> = Object.fromEntries(
  (Object.keys(settings) as SettingKey[]).flatMap((key) => {
    const flag = settingOf(key)?.flag;
    return flag ? [[camel(flag.name ?? key), key]] : [];
  }),
);

export function camel(key: string): string {
  return key.replace(/[_-](.)/g, (_, letter: string) => letter.toUpperCase());
}

export const dashed = (flag: string): string => `--${flag.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

type Camel<Key extends string> = Key extends `${infer A}_${infer B}` ? `${A}${Capitalize<Camel<B>>}` : Key;
type FlagName<Key extends SettingKey> = Settings[Key] extends { flag: infer F }
  ? F extends { name: infer N extends string }
    ? N
    : Camel<Key>
  : never;
type Given<F> = F extends { kind: 'switch' }
  ? boolean
  : F extends { kind: 'text' | 'number' }
    ? string
    : string | readonly string[];

/** The settings' flags as the command line gives them: texts, lists where they may repeat. */
export type SettingFlags = {
  [Key in SettingKey as FlagName<Key>]?: (Settings[Key] extends { flag: infer F } ? Given<F> : never) | undefined;
};
