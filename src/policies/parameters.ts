/** What a variant takes, read off its policy's schema: for docs and help. */
import { z } from 'zod';
import { type AnyPolicy, validate } from '../core/index.ts';

export interface Parameter {
  name: string;
  /** Of the variant. `null`: derived from the model or the prompt. */
  fallback: unknown;
  /** What it may be, in words. */
  values: string;
  about: string;
}

/** The parameters of a variant, in the order of the schema. None where the schema is of another library than zod. */
export function parametersOf({ params, variants }: AnyPolicy, variant: string): Parameter[] {
  const defaults = validate<Record<string, unknown>>(params, variants[variant] ?? {}, variant);
  return parametersIn(params, (name) => defaults[name]);
}

/** Options of a schema by themselves; the fallback is undefined where one has to be given. */
export const optionsOf = (schema: unknown): Parameter[] =>
  parametersIn(schema, (_, field) => field.safeParse(undefined).data);

function parametersIn(schema: unknown, fallbackOf: (name: string, field: z.ZodType) => unknown): Parameter[] {
  return Object.entries(fieldsOf(schema)).map(([name, field]) => ({
    name,
    fallback: fallbackOf(name, field),
    values: valuesOf(z.toJSONSchema(field, { io: 'input', unrepresentable: 'any' }) as JsonSchema),
    about: field.description ?? '',
  }));
}

function fieldsOf(schema: unknown): Record<string, z.ZodType> {
  if (schema instanceof z.ZodPipe) return fieldsOf(schema.in);
  return schema instanceof z.ZodObject ? schema.shape : {};
}

interface JsonSchema {
  type?: string;
  enum?: readonly unknown[];
  const?: unknown;
  anyOf?: readonly JsonSchema[];
  items?: JsonSchema;
  minimum?: number;
  exclusiveMinimum?: number;
  maximum?: number;
}

const kinds: Readonly<Record<string, string>> = {
  integer: 'a whole number',
  number: 'a number',
  boolean: '`true` or `false`',
  string: 'a text',
  null: '`null`',
};

function valuesOf({ type = '', enum: names, const: one, anyOf, items, ...range }: JsonSchema): string {
  if (one !== undefined) return valuesOf({ enum: [one] });
  if (anyOf?.every((each) => each.const !== undefined)) return valuesOf({ enum: anyOf.map((each) => each.const) });
  if (anyOf) return anyOf.map(valuesOf).join(', or ');
  if (names) return names.map((name) => `\`${String(name)}\``).join(', ');
  if (type === 'array') return `a list, each ${valuesOf(items ?? {})}`;
  return `${kinds[type] ?? type}${rangeOf(range)}`;
}

// Whole numbers begin and end where they are no longer exact: that is no limit of ours.
const hasStart = (minimum: number | undefined) => minimum !== undefined && minimum > Number.MIN_SAFE_INTEGER;

function rangeOf({ minimum, exclusiveMinimum, maximum }: Omit<JsonSchema, 'type'>): string {
  const from =
    exclusiveMinimum !== undefined ? ` above ${exclusiveMinimum}` : hasStart(minimum) ? ` from ${minimum}` : '';
  const hasEnd = maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER;
  return hasEnd ? `${from || ' of any size'} up to ${maximum}` : from;
}
