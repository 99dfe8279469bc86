/** Joins the registries: what this version can run. */
import { builtBenchmarks } from '../benchmarks/index.ts';
import { policies } from '../policies/index.ts';

export const builtBackends = ['ggml', 'groq', 'openai', 'replay'] as const;

export const registries = { builtPolicies: policies, builtBenchmarks, builtBackends };
