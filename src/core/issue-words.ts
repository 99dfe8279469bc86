/** What a schema says about a value, in the words of a user. */
import { didYouMean } from './nearest.ts';
import type { SchemaIssue } from './policy.ts';

/** What zod says beside its message; other libraries leave it out, and their messages stand as they are. */
interface Details {
  code?: string;
  expected?: string;
  origin?: string;
  minimum?: number | bigint;
  values?: readonly unknown[];
  keys?: readonly string[];
}

export const stepsOf = ({ path = [] }: SchemaIssue): string[] =>
  path.map((step) => String(typeof step === 'object' ? step.key : step));

/**
 * @param value all of what was validated, so that the wrong part can be shown
 * @param known names that a key may have
 */
export function wordsOf(issue: SchemaIssue, value: unknown, known: readonly string[] = []): string {
  const { code, expected, origin, minimum, values, keys } = issue as SchemaIssue & Details;
  const wrong = stepsOf(issue).reduce<unknown>((part, step) => (part as Record<string, unknown> | null)?.[step], value);
  if (code === 'unrecognized_keys' && keys) return keys.map((key) => unknownKey(key, known)).join('; ');
  if (!/^(Invalid|Too)/.test(issue.message)) return issue.message;
  if (wrong === undefined) return 'is missing';
  if (code === 'invalid_value' && values)
    return `must be ${oneOf(values)}, not ${shown(wrong)}${nearOf(wrong, values)}`;
  if (code === 'invalid_type' && expected) return `must be ${kinds[expected] ?? expected}, not ${shown(wrong)}`;
  if (code === 'too_small' && wrong === '') return 'is empty';
  if (code === 'too_small' && origin === 'array') return `needs at least ${minimum}`;
  return `${issue.message}, not ${shown(wrong)}`;
}

export function unknownKey(key: string, known: readonly string[]): string {
  const all = known.length > 0 ? ` (known: ${known.join(', ')})` : '';
  return `unknown key ${JSON.stringify(key)}${didYouMean(key, known) || all}`;
}

const kinds: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'a map of keys to values',
  record: 'a map of keys to values',
  array: 'a list',
};

const oneOf = (values: readonly unknown[]) => (values.length > 1 ? `one of ${values.join(', ')}` : String(values[0]));

const nearOf = (wrong: unknown, values: readonly unknown[]) =>
  typeof wrong === 'string' ? didYouMean(wrong, values.map(String)) : '';

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
