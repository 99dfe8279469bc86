/** From a resolved configuration to the jobs of its run. */
import { publicUrl } from '../client/endpoint.ts';
import type { ResolvedConfig } from '../config/index.ts';
import { hash, type Job, type RunConfig, TtcError } from '../core/index.ts';
import { type PlannedBackend, plan, planHash } from '../runner/plan.ts';
import { readJobs } from '../store/jobs-file.ts';
import { repeatsFor, roomFor } from './limits.ts';
import type { OpenedBenchmark } from './open-benchmarks.ts';
import type { RunPolicy } from './planned-policies.ts';

export interface RunPlan {
  /** The plan's hash. */
  id: string;
  /** The configuration as files may hold it. */
  config: RunConfig;
  /** The plan, or those of it that `--jobs FILE` names. */
  jobs: Job[];
}

/** A backend of a run with what is played on it. */
export interface PlannedStage {
  benchmarks: readonly OpenedBenchmark[];
  policies: readonly RunPolicy[];
  backend: PlannedBackend;
  /** The same prompt never comes twice in a row. @default false */
  apart?: boolean;
}

/** @throws E_PLAN for a file of jobs that another configuration made */
export function planRun(resolved: ResolvedConfig, stages: readonly PlannedStage[]): RunPlan {
  const { jobs: file } = resolved.execution;
  const planned = stages.flatMap((stage) => {
    const jobs = planOf(resolved, stage);
    // Blocks of several backends have the same names otherwise.
    return stages.length === 1 ? jobs : jobs.map((job) => ({ ...job, block: `${stage.backend.name}/${job.block}` }));
  });
  const config = withoutSecrets(resolved.config);
  return { id: planHash(config, planned), config, jobs: file ? chosen(planned, file) : planned };
}

/** Whether a server keeps prompts that it was asked not to use, and offers no way to that. */
export const keepsPrompts = (checks: Record<string, unknown> | undefined): boolean => {
  const cache = checks?.cache as { asked?: unknown; by?: unknown } | undefined;
  return cache?.asked === 'cold' && !cache.by;
};

/** What files may hold: a base URL can have a login, which changes no answer. */
export function withoutSecrets(config: RunConfig): RunConfig {
  const { backend, backends } = config;
  const clean = (one: RunConfig['backend']) => ({ ...one, baseUrls: one.baseUrls.map(publicUrl) });
  return { ...config, backend: clean(backend), ...(backends && { backends: backends.map(clean) }) };
}

function planOf(
  resolved: ResolvedConfig,
  { benchmarks, policies, backend: { name, model, identity }, apart = false }: PlannedStage,
): Job[] {
  const samples = benchmarks.reduce((sum, { planned }) => sum + planned.sampleIds.length, 0);
  const repeats = repeatsFor(resolved, policies.length * samples);
  const jobs = plan(
    { ...resolved.config, repeats },
    {
      benchmarks: benchmarks.map((benchmark) => benchmark.planned),
      policies: policies.map((policy) => policy.planned),
      backend: { name, model, identity },
      apart,
    },
  );
  return jobs.slice(0, roomFor(resolved));
}

/**
 * The jobs of a file, each as this configuration plans it: what a trial says it played is what was played.
 * @throws E_PLAN for a job that another configuration made
 */
function chosen(planned: readonly Job[], file: string): Job[] {
  const known = new Map(planned.map((job) => [job.key, job]));
  return readJobs(file).map(({ key, cell, sample }) => {
    const job = known.get(key);
    if (job && hash(job.cell) === hash(cell) && job.sample === sample) return job;
    throw new TtcError('E_PLAN', `${file}: the job ${key} (${cell.policy_name}, ${sample}) is not in this plan`, {
      help: 'use the configuration, model and version that wrote the file',
    });
  });
}
