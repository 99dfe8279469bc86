/** Joins the registries: what this version can run. */
import { builtBenchmarks } from '../benchmarks/index.ts';
import { knownBenchmarks } from '../config/index.ts';
import { policies } from '../policies/index.ts';

export const registries = { builtPolicies: policies, builtBenchmarks };

/** What `--policy` and `--benchmark` take, in the order of the registries. */
export function namesOf(): { policies: string[]; benchmarks: string[] } {
  const variants = policies.flatMap(({ name, variants }) => (name === 'baseline' ? [name] : Object.keys(variants)));
  const benchmarks = builtBenchmarks.map(({ name }) =>
    knownBenchmarks[name]?.standIn === undefined ? name : `${name} (with --data ${name}=PATH)`,
  );
  return { policies: variants, benchmarks };
}
