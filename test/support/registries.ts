/** Registries in which every known name is built; schemas take any value, as only names matter here. */
import { z } from 'zod';
import { knownBenchmarks, knownVariants, type Registries } from '../../src/config/index.ts';

const optional = (defaults: Readonly<Record<string, unknown>>) =>
  z.strictObject(Object.fromEntries(Object.entries(defaults).map(([key, value]) => [key, z.any().default(value)])));

export const everything: Registries = {
  builtPolicies: Object.entries(knownVariants).map(([name, defaults]) => ({
    name,
    variants: { [name]: {} },
    params: optional(defaults),
  })),
  builtBenchmarks: Object.keys(knownBenchmarks).map((name) => ({
    name,
    options: z.strictObject({ data: z.string().optional(), level: z.int().min(1).max(3).default(1) }),
  })),
};

export const nothing: Registries = { builtPolicies: [], builtBenchmarks: [], builtBackends: [] };
