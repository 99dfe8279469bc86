/** Where a run would write, and what it would find there: for `--dry-run`. */
import { join } from 'node:path';
import { hardware, versions } from '../assembly/facts.ts';
import type { OpenedBenchmark } from '../assembly/open-benchmarks.ts';
import { withoutSecrets } from '../assembly/run-plan.ts';
import type { ResolvedConfig } from '../config/index.ts';
import type { Job } from '../core/index.ts';
import { whatIsLeft } from '../runner/what-is-left.ts';
import { indexJournals } from '../store/read-journals.ts';
import { checkRunFolder } from '../store/run-folder.ts';
import { limitsOf, planStages } from './plan-stages.ts';
import type { Stage } from './stage.ts';

export interface RunTarget {
  /** The run folder. `null`: its name follows from what a server is, or from a model that is still to be pulled. */
  folder: string | null;
  /** Where the folder holds a run of the same plan, which would be resumed: trials that are left; all of them elsewhere. */
  left: number | null;
  resumes: boolean;
}

/** @throws E_PLAN, E_ARGUMENT, E_JOURNAL for a folder in which the run itself could not write */
export async function foreseeFolder(
  resolved: ResolvedConfig,
  opened: readonly Stage[] | undefined,
  asked: readonly OpenedBenchmark[],
  folderOf: (id: string) => string = (id) => join('runs', id),
): Promise<RunTarget> {
  const { out, retryFailed } = resolved.execution;
  if (!opened) {
    const config = withoutSecrets(resolved.config);
    const resumes = out !== null && (await checkRunFolder(out, { config }));
    return { folder: out, resumes, left: null };
  }
  const { id, config, jobs, stages } = await planStages(resolved, opened);
  const folder = out ?? folderOf(id);
  const resumes = await checkRunFolder(folder, { config, jobs, facts: factsOf(stages, asked) });
  return { folder, resumes, left: resumes ? leftIn(folder, jobs, retryFailed) : jobs.length };
}

function leftIn(folder: string, jobs: readonly Job[], retryFailed: boolean): number {
  const { entries } = indexJournals(folder);
  return whatIsLeft(jobs, { status: (key) => entries.get(key)?.status }, retryFailed).left;
}

const factsOf = (stages: readonly Stage[], asked: readonly OpenedBenchmark[]) => ({
  ...{ versions: versions(), hardware: hardware() },
  model: stages.length === 1 ? (stages[0]?.opened.model ?? {}) : modelsOf(stages),
  checks: { backend: stages.map(({ opened }) => opened.backend.identity).join(' and '), ...limitsOf(asked, stages) },
});

const modelsOf = (stages: readonly Stage[]) =>
  Object.fromEntries(stages.map(({ opened }) => [opened.backend.name, opened.model]));
