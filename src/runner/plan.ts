/** From a configuration to the trials that will be played, in the order in which they will be played. */
import { type Fidelity, hash, type Job, type RunConfig, seedOf, TtcError } from '../core/index.ts';

export interface PlannedBenchmark {
  name: string;
  version: string;
  /** Resolved options, with shots and whatever else shapes a prompt. */
  options: unknown;
  sampleIds: readonly string[];
  /** Sample → hash of its prompt and reference, where the data is the user's: a changed sample is another trial. */
  fingerprints?: ReadonlyMap<string, string>;
  /** Completion tokens a call may take where the configuration says nothing. */
  maxTokens: number;
  /** Prompt template, where it is not part of the version. */
  template?: string;
}

export interface PlannedPolicy {
  policy_name: string;
  version: number | string;
  /** Resolved parameters, defaults included. */
  params: Record<string, unknown>;
  /** Parameters as the key sees them: files by content, not by path. Default: the parameters. */
  keyed?: Record<string, unknown>;
  realisation: 'engine' | 'client';
  fidelity: Fidelity;
  /** Samples that are offered at once: 1, or at least 4 × slots for elastic batching. */
  blockSize: number;
}

export interface PlannedBackend {
  name: string;
  model: string;
  /** Everything about the backend that can change an answer, the model's hash included. */
  identity: string;
}

export interface Planned {
  benchmarks: readonly PlannedBenchmark[];
  policies: readonly PlannedPolicy[];
  backend: PlannedBackend;
  /** The same prompt comes again as late as it can: for a server whose cache of prompts cannot be switched off. */
  apart?: boolean;
}

/** A block with its place in the run: 0 = first, 1 = last. */
interface PlacedBlock {
  place: number;
  jobs: Job[];
}

/**
 * Pure: equal arguments give equal jobs in equal order, and a policy's jobs do not depend on which others are there.
 * A block takes a seeded random place within the stretch of the run that belongs to its samples. Blocks of all cells
 * on the same sample are thus neighbours in random order, and drift of the machine hits all policies alike.
 * `apart`: the run goes through the samples once per policy, each time with another policy for each sample. Between two
 * calls with one prompt then lie those of all other samples, and drift still hits all policies alike.
 * @throws E_PLAN where two benchmarks, policies or samples share a name, or a number is no count
 */
export function plan(config: RunConfig, about: Planned): Job[] {
  check(config, about);
  const blocks = about.benchmarks.flatMap((benchmark) =>
    about.policies.flatMap((policy, index) => {
      const blocks = blocksOf(config, benchmark, policy, about.backend);
      return about.apart ? inRounds(blocks, index, about.policies.length) : blocks;
    }),
  );
  return blocks.sort((a, b) => a.place - b.place || compare(a, b)).flatMap((block) => block.jobs);
}

/** Names the default folder of a run: 12 hex digits over the configuration and every trial's key, in order. */
export function planHash(config: RunConfig, jobs: readonly Job[]): string {
  return hash({ config, keys: jobs.map((job) => job.key) }).slice(0, 12);
}

function blocksOf(
  config: RunConfig,
  benchmark: PlannedBenchmark,
  policy: PlannedPolicy,
  backend: PlannedBackend,
): PlacedBlock[] {
  const repeats = jobsOf(config, benchmark, policy, backend);
  const all = benchmark.sampleIds.length * repeats.length;
  return groupsOf(repeats, policy.blockSize).map(({ from, jobs }, index) => {
    const block = `${benchmark.name}/${policy.policy_name}/${index}`;
    const chance = seedOf(config.seed, 'place', block) / 2 ** 32;
    return { place: (from + chance * jobs.length) / all, jobs: jobs.map((job) => ({ ...job, block })) };
  });
}

/** A block's round is its policy's place moved on by the sample's; within a round samples keep their order. */
const inRounds = (blocks: readonly PlacedBlock[], policy: number, rounds: number): PlacedBlock[] =>
  blocks.map(({ place, jobs }, index) => ({ place: (((index + policy) % rounds) + place) / rounds, jobs }));

/**
 * Cuts the jobs of a cell into blocks of at least `size`, where there are so many. `from` is the place of a block's
 * first job. Every repeat is cut at the same samples, so that its blocks repeat the measurements of the first repeat's.
 * Where a benchmark has fewer than `size` samples, a block holds several repeats of all of them.
 */
function groupsOf<T>(repeats: readonly (readonly T[])[], size: number): { from: number; jobs: T[] }[] {
  const samples = repeats[0]?.length ?? 0;
  if (samples === 0) return [];
  // A remainder joins the other blocks, so that none is smaller than asked for.
  if (samples >= size) {
    const cuts = cutsOf(samples, Math.floor(samples / size));
    return repeats.flatMap((jobs, repeat) =>
      cuts.map(([from, to]) => ({ from: repeat * samples + from, jobs: jobs.slice(from, to) })),
    );
  }
  const cuts = cutsOf(repeats.length, Math.max(1, Math.floor(repeats.length / Math.ceil(size / samples))));
  return cuts.map(([from, to]) => ({ from: from * samples, jobs: repeats.slice(from, to).flat() }));
}

/** [0, length) in so many stretches of nearly equal length. */
function cutsOf(length: number, count: number): [from: number, to: number][] {
  const edge = (index: number) => Math.floor((index * length) / count);
  return Array.from({ length: count }, (_, index) => [edge(index), edge(index + 1)]);
}

/** By repeat, then by sample. */
function jobsOf(
  config: RunConfig,
  benchmark: PlannedBenchmark,
  policy: PlannedPolicy,
  backend: PlannedBackend,
): Omit<Job, 'block'>[][] {
  const cell = {
    benchmark: benchmark.name,
    policy_name: policy.policy_name,
    realisation: policy.realisation,
    backend: backend.name,
    model: backend.model,
    fidelity: policy.fidelity,
  };
  const answering = hash(whatShapesAnswers(config, benchmark, policy, backend));
  return Array.from({ length: config.repeats }, (_, repeat) =>
    benchmark.sampleIds.map((sample) => {
      const seed = seedOf(config.seed, benchmark.name, sample, repeat);
      const fingerprint = benchmark.fingerprints?.get(sample);
      return {
        key: hash({ answering, sample, fingerprint, repeat, seed }),
        cell,
        params: policy.params,
        sample,
        repeat,
        seed,
      };
    }),
  );
}

/** Everything of a cell that can change an answer. */
function whatShapesAnswers(
  config: RunConfig,
  { name, version, options, template, maxTokens }: PlannedBenchmark,
  policy: PlannedPolicy,
  backend: PlannedBackend,
) {
  return {
    benchmark: { name, version, options, template },
    maxTokens: config.maxTokens ?? maxTokens,
    temperature: config.temperature,
    sampling: config.sampling,
    policy: { name: policy.policy_name, version: policy.version, params: policy.keyed ?? policy.params },
    realisation: policy.realisation,
    backend: { name: backend.name, model: backend.model, identity: backend.identity },
  };
}

function compare(a: PlacedBlock, b: PlacedBlock): number {
  return (a.jobs[0]?.block ?? '') < (b.jobs[0]?.block ?? '') ? -1 : 1;
}

function check(config: RunConfig, about: Planned): void {
  if (!isCount(config.repeats)) throw new TtcError('E_PLAN', `repeats must be at least 1: ${config.repeats}`);
  unique(
    'benchmark',
    about.benchmarks.map(({ name }) => name),
  );
  unique(
    'policy',
    about.policies.map(({ policy_name }) => policy_name),
  );
  for (const { name, sampleIds } of about.benchmarks) unique(`sample of ${name}`, sampleIds);
  for (const { policy_name, blockSize } of about.policies)
    if (!isCount(blockSize))
      throw new TtcError('E_PLAN', `${policy_name}: block size must be at least 1: ${blockSize}`);
}

const isCount = (value: number) => Number.isInteger(value) && value >= 1;

function unique(what: string, names: readonly string[]): void {
  const seen = new Set<string>();
  const twice = names.find((name) => seen.size === seen.add(name).size);
  if (twice !== undefined)
    throw new TtcError('E_PLAN', `${what} ${JSON.stringify(twice)} is listed twice`, { help: 'name each one once' });
}
