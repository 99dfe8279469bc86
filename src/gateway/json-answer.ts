/** Answers in JSON, where a request wants them: a fixed function of seed and schema. */
import { createRandom, type Random } from '../core/index.ts';

type Schema = Record<string, unknown>;

const isSchema = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const listAt = (schema: Schema, name: string): unknown[] => (Array.isArray(schema[name]) ? schema[name] : []);
const numberIn = (schema: Schema, name: string): number | undefined =>
  typeof schema[name] === 'number' ? schema[name] : undefined;

const words = ['order', 'account', 'total', 'region', 'open', 'record', 'agent', 'café'];
const formats: Readonly<Record<string, string>> = {
  date: '2026-01-15',
  'date-time': '2026-01-15T10:00:00Z',
  time: '10:00:00Z',
  duration: 'PT1H',
  email: 'agent@example.com',
  hostname: 'example.com',
  ipv4: '192.0.2.1',
  ipv6: '2001:db8::1',
  uri: 'https://example.com/record',
  uuid: '00000000-0000-4000-8000-000000000001',
};

/** Beyond this many levels only what is required is written, so that a schema that holds itself comes to an end. */
const deepest = 6;
const mostValues = 5000;

interface Making {
  root: Schema;
  random: Random;
  depth: number;
  /** Values that may still be written: a schema that holds itself many times grows without end otherwise. */
  left: { values: number };
}

/** `#/$defs/name`, and what stands beside it. */
function resolved(schema: Schema, { root }: Making): Schema {
  const { $ref, ...rest } = schema;
  if (typeof $ref !== 'string') return schema;
  const path = $ref
    .replace(/^#\/?/, '')
    .split('/')
    .filter((step) => step !== '');
  const found = path.reduce<unknown>(
    (part, step) => (isSchema(part) ? part[step.replaceAll('~1', '/').replaceAll('~0', '~')] : undefined),
    root,
  );
  return isSchema(found) ? { ...found, ...rest } : rest;
}

/** The parts of `allOf` as one schema. */
function merged(schema: Schema, making: Making): Schema {
  const parts = listAt(schema, 'allOf').filter(isSchema);
  if (parts.length === 0 || making.depth > deepest) return schema;
  const inner = { ...making, depth: making.depth + 1 };
  const all = [...parts.map((part) => merged(resolved(part, inner), inner)), { ...schema, allOf: undefined }];
  return Object.assign({}, ...all, {
    properties: Object.assign({}, ...all.map(({ properties }) => (isSchema(properties) ? properties : {}))),
    required: all.flatMap((part) => listAt(part, 'required')),
  });
}

function typeOf(schema: Schema): string {
  const { type } = schema;
  if (typeof type === 'string') return type;
  const named = listAt(schema, 'type').find((name) => name !== 'null') ?? listAt(schema, 'type')[0];
  if (typeof named === 'string') return named;
  if (schema.properties) return 'object';
  return schema.items ? 'array' : 'string';
}

function objectOf(schema: Schema, making: Making): Schema {
  const properties = isSchema(schema.properties) ? schema.properties : {};
  const required = new Set(listAt(schema, 'required').map(String));
  const names = [...new Set([...Object.keys(properties), ...required])];
  const wanted = making.depth < deepest ? names : names.filter((name) => required.has(name));
  const entries = wanted.map((name) => [name, makeValue(properties[name], making)] as const);
  return Object.fromEntries(entries);
}

function arrayOf(schema: Schema, making: Making): unknown[] {
  const least = numberIn(schema, 'minItems') ?? 0;
  const most = numberIn(schema, 'maxItems') ?? Math.max(least, 2);
  const count = making.depth < deepest ? Math.min(most, Math.max(least, 1)) : least;
  const fixed = listAt(schema, 'prefixItems');
  return Array.from({ length: Math.min(mostValues, Math.max(count, fixed.length)) }, (_, i) =>
    makeValue(fixed[i] ?? schema.items, making),
  );
}

function numberOf(schema: Schema, isWhole: boolean, { random }: Making): number {
  const above = numberIn(schema, 'exclusiveMinimum');
  const below = numberIn(schema, 'exclusiveMaximum');
  const step = numberIn(schema, 'multipleOf') ?? (isWhole ? 1 : 0.5);
  const least = numberIn(schema, 'minimum') ?? (above === undefined ? undefined : above + step);
  const most = numberIn(schema, 'maximum') ?? (below === undefined ? undefined : below - step);
  const from = least ?? (most === undefined ? 0 : Math.min(0, most));
  const to = most ?? from + 100;
  const value = Math.ceil((from + random() * (to - from)) / step) * step;
  return value <= to ? value : Math.floor(to / step) * step;
}

function stringOf(schema: Schema, { random }: Making): string {
  if (typeof schema.format === 'string' && formats[schema.format]) return formats[schema.format]!;
  const least = numberIn(schema, 'minLength') ?? 0;
  const most = numberIn(schema, 'maxLength') ?? Number.POSITIVE_INFINITY;
  const word = words[Math.floor(random() * words.length)]!;
  return word.padEnd(Math.min(least, 10_000), ' more').slice(0, Math.max(0, most));
}

function makeValue(given: unknown, outer: Making): unknown {
  const making = { ...outer, depth: outer.depth + 1 };
  if (!isSchema(given)) return 'any';
  if (making.depth > 4 * deepest || making.left.values-- <= 0) return null;
  const schema = merged(resolved(given, making), making);
  if (schema.const !== undefined) return schema.const;
  const choices = listAt(schema, 'enum');
  if (choices.length > 0) return choices[Math.floor(making.random() * choices.length)];
  const options = [...listAt(schema, 'anyOf'), ...listAt(schema, 'oneOf')].filter(isSchema);
  if (options.length > 0) {
    // Deep down the simplest way out: null, or what is no object.
    const simple = options.find((option) => !/object|array|undefined/.test(String(option.type)));
    return makeValue(making.depth < deepest ? options[0] : (simple ?? options.at(-1)), making);
  }
  const type = typeOf(schema);
  if (type === 'object') return objectOf(schema, making);
  if (type === 'array') return arrayOf(schema, making);
  if (type === 'number' || type === 'integer') return numberOf(schema, type === 'integer', making);
  if (type === 'boolean') return making.random() < 0.5;
  return type === 'null' ? null : stringOf(schema, making);
}

/** Tokens of a JSON text that fits the schema; without one any object. Patterns of strings are not looked at. */
export function sayJson(seed: number, schema?: Schema): string[] {
  const random = createRandom(seed);
  const root = schema ?? {
    type: 'object',
    properties: { answer: { type: 'string' }, count: { type: 'integer' }, done: { type: 'boolean' } },
  };
  const value = makeValue(root, { root, random, depth: 0, left: { values: mostValues } });
  return JSON.stringify(value).match(/[\p{L}\p{N}_]{1,8}|[^\p{L}\p{N}_]{1,3}/gu) ?? [];
}
