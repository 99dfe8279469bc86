/** What a request may ask: one schema, of which each route takes its part. */
import { z } from 'zod';
import { plainText } from '../core/index.ts';
import { Refusal } from './refusal.ts';

const name = z.string().min(1).max(400);
const date = z.iso.date();
const names = z.array(name).max(64);
const whole = (most: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.number().max(most));

const number = z
  .string()
  .regex(/^-?\d{1,15}(\.\d{1,15})?$/, 'must be a number')
  .transform(Number);

/** Numbers of a trial that a range may be of. */
const ranged = ['generation_time', 'first_token_latency', 'throughput', 'reward', 'completion_tokens'] as const;

export const querySchema = z.strictObject({
  /** Name of a run, as `/api/runs` lists it. */
  run: name,
  /** Another run. */
  with: name.optional(),
  /** Name of a sweep over a load. */
  load: name,
  /** Family of samples: what is shown is of its trials alone. */
  family: name.optional(),
  backend: name.optional(),
  model: name.optional(),
  /** Days in UTC: trials that began on one of them or between. */
  from: date.optional(),
  to: date.optional(),
  /** Of a run, as `/api/page` gave it. */
  revision: z
    .string()
    .regex(/^[0-9a-f]{32}$/, 'must be what /api/page gave')
    .optional(),
  /** Key of a trial. */
  key: name,
  policy: names.optional(),
  benchmark: names.optional(),
  status: z
    .array(z.enum(['ok', 'failed', 'unsupported']))
    .max(3)
    .optional(),
  sample: names.optional(),
  /** Trials whose number of this name lies between two numbers, both included. */
  range: z.enum(ranged).optional(),
  least: number.optional(),
  most: number.optional(),
  sort: z.enum(['sample', 'status', 'error_code', ...ranged]).optional(),
  order: z.enum(['asc', 'desc']).optional(),
  /** Title of a column that a table of the page is sorted by. */
  column: name.optional(),
  limit: whole(1000).optional(),
  offset: whole(100_000_000).optional(),
  /** Number of a group of the page, from 0. */
  group: whole(1000).optional(),
  /** `trials`, `numbers`, or the name of a table of the page. */
  table: z.enum(['trials', 'numbers', 'policies', 'times', 'per-correct', 'compared']),
  chart: name,
  format: z.enum(['csv', 'xlsx', 'svg', 'png']),
  theme: z.enum(['light', 'dark']).optional(),
  /** Of a metric. */
  expression: z.string().min(1).max(400),
  unit: z.enum(['score', 'ratio', 'count', 'tokens', 'tokens/s', 'ms', 's', 'bytes', 'usd', 'layers']).optional(),
  better: z.enum(['more', 'less', 'neither']).optional(),
});

export type Query = z.output<typeof querySchema>;

const lists: ReadonlySet<string> = new Set(['policy', 'benchmark', 'status', 'sample']);
const longest = 8192;

/** What requests that change something may hold. */
export const bodies = {
  metric: z.strictObject({
    name: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,63}$/, 'letters, digits and underscores, no digit in front'),
    ...querySchema.pick({ expression: true, unit: true, better: true }).shape,
  }),
  run: z.strictObject({
    policies: z.array(name).min(1).max(32),
    benchmark: name,
    model: name,
    samples: z.number().int().min(1).max(100_000),
  }),
  none: z.strictObject({}),
};

/** @throws Refusal 400 that names the field */
export function readBody<Kind extends keyof typeof bodies>(text: string, kind: Kind): z.output<(typeof bodies)[Kind]> {
  const read = bodies[kind].safeParse(parsed(text));
  if (read.success) return read.data as z.output<(typeof bodies)[Kind]>;
  throw refused(read.error, 'body');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal(400, 'body: is not JSON');
  }
}

function refused({ issues: [issue] }: z.ZodError, whole: string): Refusal {
  const where = issue?.path.join('.') || whole;
  return new Refusal(400, plainText(`${where}: ${issue?.message ?? 'is not valid'}`, 300));
}

/**
 * The parameters of an address, checked; those of `lists` may repeat.
 * @throws Refusal 400 that names the parameter; 414 where all of them are too long
 */
export function readQuery<Name extends keyof Query>(url: string, allowed: readonly Name[]): Pick<Query, Name> {
  const { search, searchParams } = new URL(url);
  if (search.length > longest) throw new Refusal(414, `the query is longer than ${longest} characters`);
  const given = new Map<string, string | string[]>();
  for (const key of new Set(searchParams.keys())) {
    const values = searchParams.getAll(key);
    if (!lists.has(key) && values.length > 1) throw new Refusal(400, `${plainText(key, 40)}: is given more than once`);
    given.set(key, lists.has(key) ? values : (values[0] as string));
  }
  const mask = Object.fromEntries(allowed.map((key) => [key, true])) as Record<Name, true>;
  const read = querySchema.pick(mask as never).safeParse(Object.fromEntries(given));
  if (read.success) return read.data as Pick<Query, Name>;
  throw refused(read.error, 'query');
}
