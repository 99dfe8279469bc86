/** What a configuration file may say. Flags, `--set` and the environment are brought into the same form. */
import { z } from 'zod';
import { didYouMean } from '../core/index.ts';
import { knownBackends } from './names.ts';
import { show } from './show.ts';

/** One rule, one message: "must be …, not …". */
function rule<T>(what: string, holds: (value: unknown) => boolean) {
  return z.custom<T>(holds, { error: ({ input }) => `must be ${what}, not ${show(input)}` }).optional();
}

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
const isWhole = (value: unknown, min: number, max: number) => Number.isInteger(value) && between(value, min, max);
const between = (value: unknown, min: number, max: number) => isNumber(value) && value >= min && value <= max;
const isText = (value: unknown): value is string => typeof value === 'string' && value.trim() !== '';
const isTextList = (value: unknown) => Array.isArray(value) && value.length > 0 && value.every(isText);
const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const whole = (min: number, max: number) =>
  rule<number>(`a whole number from ${min} to ${max}`, (value) => isWhole(value, min, max));
const number = (min: number, max: number) =>
  rule<number>(`a number from ${min} to ${max}`, (value) => between(value, min, max));
const positive = (what: string) => rule<number>(`${what} above 0`, (value) => isNumber(value) && value > 0);
const text = rule<string>('a text', isText);
const texts = rule<string | string[]>('a text or a list of texts', (value) => isText(value) || isTextList(value));
const yes = rule<boolean>('true or false', (value) => typeof value === 'boolean');
const oneOf = <T extends string>(names: readonly T[]) =>
  z
    .custom<T>((value) => names.includes(value as T), {
      error: ({ input }) => {
        const hint = typeof input === 'string' ? didYouMean(input, names) : '';
        return `must be one of ${names.join(', ')}, not ${show(input)}${hint}`;
      },
    })
    .optional();

const isUrl = (value: unknown) => isText(value) && URL.canParse(value) && /^https?:/i.test(value);

/** The value is not shown: it may be the key itself. */
const variableName = z
  .custom<string>((value) => isText(value) && /^[A-Za-z_]\w*$/.test(value) && !/^(gsk_|sk[-_])/.test(value), {
    error: () => 'must be the name of an environment variable, never the key itself',
  })
  .optional();

const samples = rule<number | 'all'>('a whole number from 1, or all', (value) =>
  value === 'all' ? true : isWhole(value, 1, Number.MAX_SAFE_INTEGER),
);
const timeout = rule<number>('seconds above 0 and at most 86400', (value) => between(value, Number.MIN_VALUE, 86_400));
const threads = rule<number | 'auto'>('a whole number from 1 to 256, or auto', (value) =>
  value === 'auto' ? true : isWhole(value, 1, 256),
);
const baseUrl = rule<string | string[]>('an http or https URL, or a list of them', (value) =>
  Array.isArray(value) ? value.length > 0 && value.every(isUrl) : isUrl(value),
);

const call = { model: text, max_tokens: whole(1, 1_000_000), temperature: number(0, 2) };
const engine = { threads, prefill: oneOf(['flash', 'exact']), kv_slots: whole(1, 2 ** 24) };
const server = { base_url: baseUrl, api_key_env: variableName };
const load = {
  concurrency: whole(1, 10_000),
  rps: positive('requests per second'),
  arrivals: oneOf(['constant', 'poisson']),
  requests_per_second: positive('requests per second'),
  requests_per_minute: positive('requests per minute'),
  tokens_per_minute: positive('tokens per minute'),
  connect_timeout: timeout,
  first_token_timeout: timeout,
  gap_timeout: timeout,
};

const sections = {
  ggml: z.strictObject({ ...call, ...engine }).optional(),
  groq: z.strictObject({ ...call, ...server, ...load }).optional(),
  openai: z.strictObject({ ...call, ...server, ...load }).optional(),
  replay: z.strictObject({ model: text }).optional(),
};

const sampling = z
  .strictObject({
    top_k: whole(1, 1_000_000),
    top_p: rule<number>('a number above 0 and at most 1', (value) => between(value, Number.MIN_VALUE, 1)),
    min_p: number(0, 1),
    repetition_penalty: rule<number>('a number above 0 and at most 10', (value) =>
      between(value, Number.MIN_VALUE, 10),
    ),
  })
  .optional();

const margin = rule<Record<string, number>>(
  'a map of metric names to numbers from 0',
  (value) => isMap(value) && Object.values(value).every((width) => between(width, 0, Number.MAX_VALUE)),
);
const slo = rule<Record<string, number>>(
  'a map of metric names to limits from 0',
  (value) => isMap(value) && Object.values(value).every((limit) => between(limit, 0, Number.MAX_VALUE)),
);
const data = rule<Record<string, string>>(
  'a map of benchmark names to paths',
  (value) => isMap(value) && Object.values(value).every(isText),
);

/** The keys of a configuration file. `policies` and `benchmarks` are checked against names in `selection.ts`. */
export const documentSchema = z.strictObject({
  backend: oneOf(knownBackends),
  ...call,
  ...engine,
  ...server,
  ...load,
  ...sections,
  benchmarks: z.unknown().optional(),
  policies: z.unknown().optional(),
  data,
  scorer: texts,
  samples,
  timeout,
  repeats: whole(1, 10_000),
  seed: whole(0, Number.MAX_SAFE_INTEGER),
  sampling,
  margin,
  slo,
  metrics: texts,
  duration: positive('seconds'),
  max_cost: positive('US dollars'),
  max_tokens_total: whole(1, Number.MAX_SAFE_INTEGER),
  jobs: text,
  out: text,
  record: text,
  retry_failed: yes,
  dry_run: yes,
  offline: yes,
});

/** The keys of a section under `benchmarks`, beside the benchmark's own options. */
export const benchmarkSectionSchema = z.looseObject({ samples, timeout });

export type Document = z.output<typeof documentSchema>;

/** Keys of the object at a path of the schema; none where there is no object with fixed keys. */
export function keysAt(path: readonly string[]): string[] {
  let schema: unknown = documentSchema;
  for (const key of ['', ...path]) {
    if (key && schema instanceof z.ZodObject) schema = schema.shape[key];
    if (schema instanceof z.ZodOptional) schema = schema.unwrap();
  }
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}
