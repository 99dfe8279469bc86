/** From opened backends to the plan of their run: what a run plays, and what a dry run foretells. */
import { join } from 'node:path';
import { withLowestLimits } from '../assembly/fit-room.ts';
import type { OpenedBenchmark } from '../assembly/open-benchmarks.ts';
import { keepsPrompts, planRun, type RunPlan } from '../assembly/run-plan.ts';
import type { ResolvedConfig } from '../config/index.ts';
import type { BackendConfig } from '../core/index.ts';
import { readManifest } from '../store/manifest.ts';
import { RUN_FILES } from '../store/run-folder.ts';
import type { Stage } from './stage.ts';

/** The configuration with each of its backends as the only one. */
export function perBackend(resolved: ResolvedConfig): ResolvedConfig[] {
  const { backends, ...config } = resolved.config;
  return backends ? backends.map((backend) => ({ ...resolved, config: { ...config, backend } })) : [resolved];
}

/** Ends what a list holds by then, the newest first. */
export const closingAll = (opened: readonly AsyncDisposable[]): AsyncDisposable => ({
  async [Symbol.asyncDispose]() {
    for (const one of opened.toReversed()) await one[Symbol.asyncDispose]();
  },
});

/** On a busier machine a probe may find another number of threads. A run that is resumed keeps the number it began with. */
export function withThreadsOf({ config, execution }: ResolvedConfig): BackendConfig {
  if (config.backend.threads !== 'auto' || !execution.out) return config.backend;
  const threads = readManifest(join(execution.out, RUN_FILES.manifest))?.checks.threads;
  return typeof threads === 'number' ? { ...config.backend, threads } : config.backend;
}

/**
 * @returns the stages with the limits that all of them have room for
 * @throws E_PLAN for a file of jobs that another configuration made
 */
export async function planStages(
  resolved: ResolvedConfig,
  opened: readonly Stage[],
): Promise<RunPlan & { stages: Stage[] }> {
  const lowest = withLowestLimits(opened.map((stage) => stage.benchmarks));
  const stages = opened.map((stage, at) => ({ ...stage, benchmarks: lowest[at] ?? stage.benchmarks }));
  const planned = await Promise.all(
    stages.map(async ({ opened: { backend }, benchmarks, policies }) => ({
      ...{ benchmarks, policies, backend },
      apart: keepsPrompts(await backend.facts?.()),
    })),
  );
  return { ...planRun(resolved, planned), stages };
}

/** The limits that a server's context has room for, where they are lower than was asked: the plan follows from them. */
export function limitsOf(asked: readonly OpenedBenchmark[], [first]: readonly Stage[]): Record<string, unknown> {
  const usual = new Map(asked.map(({ planned }) => [planned.name, planned.maxTokens]));
  const lower = (first?.benchmarks ?? []).filter(({ planned }) => planned.maxTokens !== usual.get(planned.name));
  if (lower.length === 0) return {};
  return { limits: Object.fromEntries(lower.map(({ planned }) => [planned.name, planned.maxTokens])) };
}
