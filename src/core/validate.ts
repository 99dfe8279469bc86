import { type ErrorCode, TtcError } from './error.ts';
import { stepsOf, wordsOf } from './issue-words.ts';
import type { Schema } from './policy.ts';

/** The schema's value, or an error that names every wrong field. Schemas must validate synchronously. */
export function validate<T>(schema: Schema<T>, value: unknown, what: string, code: ErrorCode = 'E_CONFIG'): T {
  const result = schema['~standard'].validate(value);
  if (result instanceof Promise) throw new TtcError(code, `${what}: the schema validates asynchronously`);
  if (result.issues === undefined) return (result as { value: T }).value;
  const lines = result.issues.map((issue) => {
    const path = stepsOf(issue).join('.');
    const words = wordsOf(issue, value);
    return path ? `${path}: ${words}` : words;
  });
  throw new TtcError(code, `${what}: ${lines.join('; ')}`);
}
