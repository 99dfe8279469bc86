/** What a run can be asked for, read off the registries: `ttcbench policies`, `benchmarks` and `metrics`. */
import { builtBenchmarks, scorers } from '../benchmarks/index.ts';
import { knownBenchmarks } from '../config/index.ts';
import type { AnyBenchmark, Metric } from '../core/index.ts';
import { metrics } from '../metrics/index.ts';
import { policies } from '../policies/index.ts';
import { optionsOf, type Parameter, parametersOf } from '../policies/parameters.ts';

export interface ListedPolicy {
  /** What `--policy` takes. */
  name: string;
  about: string;
  /** Where it runs: inside the model, over a chat API. */
  runs: ('engine' | 'client')[];
  paper: string | null;
  parameters: Parameter[];
}

export function listPolicies(): ListedPolicy[] {
  return policies.flatMap((policy) =>
    Object.keys(policy.variants).map((name) => ({
      name,
      about: policy.about,
      runs: (['engine', 'client'] as const).filter((half) => policy[half] !== undefined),
      paper: policy.paper ?? null,
      parameters: parametersOf(policy, name),
    })),
  );
}

export interface ListedBenchmark {
  /** What `--benchmark` takes. */
  name: string;
  about: string;
  /** The first is the headline. */
  scores: readonly string[];
  licence: string;
  /** Completion tokens a call may take unless `--max-tokens` says otherwise. */
  maxTokens: number;
  /** It has to be given its data: `--data NAME=PATH`. */
  needsData: boolean;
  options: Parameter[];
}

export function listBenchmarks(): ListedBenchmark[] {
  return [...builtBenchmarks.map(listed), ownFiles];
}

const listed = ({ name, about, scores, licence, maxTokens, options }: AnyBenchmark): ListedBenchmark => ({
  ...{ name, about, scores, licence, maxTokens },
  needsData: knownBenchmarks[name]?.standIn !== undefined,
  options: optionsOf(options),
});

const ownFiles: ListedBenchmark = {
  name: './FILE.jsonl',
  about: 'Prompts and references of your own, one object a line; docs/benchmarks.md says what a line holds.',
  scores: [...new Set(Object.values(scorers).flatMap(({ gives }) => gives))],
  licence: 'your own',
  maxTokens: 512,
  needsData: false,
  options: [
    {
      name: 'scorer',
      fallback: ['exact_match', 'rouge'],
      values: `a list of ${Object.keys(scorers).join(', ')}`,
      about: 'what judges the answers; the first score is the headline',
    },
  ],
};

export type ListedMetric = Pick<Metric, 'name' | 'group' | 'unit' | 'better' | 'about'> & {
  /** Where it has no value. */
  missing: string | null;
  /** Whether it stands in the tables; all of them stand in the JSON. */
  column: boolean;
};

export const listMetrics = (): ListedMetric[] =>
  metrics.map(({ name, group, unit, better, about, missing, column }) => ({
    ...{ name, group, unit, better, about },
    missing: missing ?? null,
    column: column !== undefined,
  }));
