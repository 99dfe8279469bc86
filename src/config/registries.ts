/** What this version can run, as values. */
import { z } from 'zod';
import { type AnyBenchmark, type AnyPolicy, type Schema, stepsOf, TtcError, wordsOf } from '../core/index.ts';

export interface Registries {
  builtPolicies: readonly Pick<AnyPolicy, 'name' | 'params' | 'variants'>[];
  builtBenchmarks: readonly Pick<AnyBenchmark, 'name' | 'options'>[];
}

export const builtVariant = (
  variant: string,
  { builtPolicies }: Registries,
): Registries['builtPolicies'][number] | undefined =>
  builtPolicies.find((policy) => Object.hasOwn(policy.variants, variant));

/** Names of variants in the order of the registry; of the baseline the first, for the plan adds the other to every run. */
export const variantsOf = ({ builtPolicies }: Registries): string[] =>
  builtPolicies.flatMap(({ name, variants }) => (name === 'baseline' ? [name] : Object.keys(variants)));

/** Keys of an object schema, for messages; none where the schema is of another kind. */
export function keysOf(schema: unknown): string[] {
  if (schema instanceof z.ZodPipe) return keysOf(schema.in);
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

/** What a registry's schema says about a value. */
export function issuesOf(
  schema: Schema<unknown>,
  value: unknown,
): { value?: unknown; issues: { path: string[]; message: string }[] } {
  const result = schema['~standard'].validate(value);
  if (result instanceof Promise) throw new TtcError('E_CONFIG', 'schemas must validate synchronously');
  if (result.issues === undefined) return { value: result.value, issues: [] };
  const known = keysOf(schema);
  return { issues: result.issues.map((issue) => ({ path: stepsOf(issue), message: wordsOf(issue, value, known) })) };
}
