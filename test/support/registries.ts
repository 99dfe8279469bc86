/** The policies that there are, and a benchmark for every known name. */
import { z } from 'zod';
import { knownBenchmarks, type Registries } from '../../src/config/index.ts';
import { policies } from '../../src/policies/index.ts';

export const everything: Registries = {
  builtPolicies: policies,
  builtBenchmarks: Object.keys(knownBenchmarks).map((name) => ({
    name,
    options: z.strictObject({ data: z.string().optional(), level: z.int().min(1).max(3).default(1) }),
  })),
};
