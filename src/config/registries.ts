import { z } from 'zod';
import type { AnyBenchmark, AnyPolicy } from '../core/index.ts';

/** What this version can run: decides between a known name and one that is built. */
export interface Registries {
  builtPolicies: readonly Pick<AnyPolicy, 'name' | 'params' | 'variants'>[];
  builtBenchmarks: readonly Pick<AnyBenchmark, 'name' | 'options'>[];
  /** All known ones unless given. */
  builtBackends?: readonly string[];
  /** Names and groups that `margin` may hold; any unless given. */
  knownMetrics?: readonly string[];
}

/** Keys of an object schema, for messages; none where the schema is of another kind. */
export const keysOf = (schema: unknown): string[] => (schema instanceof z.ZodObject ? Object.keys(schema.shape) : []);
