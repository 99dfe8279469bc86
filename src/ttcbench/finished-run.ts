/** Runs of which nothing is left to play: their folder has all there is to say. */
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ResolvedConfig } from '../config/index.ts';
import { hash, type Job } from '../core/index.ts';
import { isLeft } from '../runner/run.ts';
import { readJobs } from '../store/jobs-file.ts';
import { type RunManifest, readManifest } from '../store/manifest.ts';
import { indexJournals } from '../store/read-journals.ts';
import { RUN_FILES } from '../store/run-folder.ts';
import type { OpenedBenchmark } from './open-benchmarks.ts';
import { planPolicies } from './planned-policies.ts';
import { planRun, withoutSecrets } from './run-plan.ts';

export interface FinishedRun {
  folder: string;
  jobs: number;
  failed: number;
  /** Whether the command names all that the plan depends on. Else the server's model decides which run it means. */
  isNamed: boolean;
}

const manifestOf = (path: string) => readManifest(join(path, RUN_FILES.manifest));

/** Whether the last session on a run folder played all of its plan. */
export const isFinished = (path: string): boolean => manifestOf(path)?.sessions.at(-1)?.status === 'complete';

/**
 * The run against an API that this configuration already played to its end: what the server is and can stands in its
 * manifest, and the server may be gone. Undefined where there is none, or more than one.
 */
export async function findFinished(
  resolved: ResolvedConfig,
  benchmarks: readonly OpenedBenchmark[],
  folderOf: (id: string) => string,
): Promise<FinishedRun | undefined> {
  const { backend, policies } = resolved.config;
  if (backend.name !== 'groq' && backend.name !== 'openai') return undefined;
  const { out, offline, retryFailed } = resolved.execution;
  const config = hash(withoutSecrets(resolved.config));
  const found: FinishedRun[] = [];
  for (const path of out === null ? foldersIn(dirname(folderOf('id'))) : [out]) {
    const manifest = tolerantly(() => manifestOf(path));
    if (!manifest || hash(manifest.config) !== config || !isFinished(path)) continue;
    const planned = await planPolicies(policies, backend, offline);
    const { id, jobs } = tolerantly(() => planRun(resolved, benchmarks, planned, playedOn(manifest))) ?? {};
    if (!id || !jobs || manifest.id !== id || folderOf(id) !== path || !areJobsOf(path, jobs)) continue;
    const { entries } = indexJournals(path);
    const journal = { status: (key: string) => entries.get(key)?.status };
    if (jobs.some((job) => isLeft(job, { journal, retryFailed }))) continue;
    const failed = jobs.filter(({ key }) => journal.status(key) === 'failed').length;
    found.push({ folder: path, jobs: jobs.length, failed, isNamed: out !== null || backend.model !== null });
  }
  return found.length === 1 ? found[0] : undefined;
}

const playedOn = ({ config, model, checks }: RunManifest) => ({
  name: config.backend.name,
  model: String(model.name),
  identity: String(checks.backend),
});

function foldersIn(place: string): string[] {
  const entries = tolerantly(() => readdirSync(place, { withFileTypes: true })) ?? [];
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(place, name));
}

function areJobsOf(path: string, jobs: readonly Job[]): boolean {
  const keys = new Set(tolerantly(() => readJobs(join(path, RUN_FILES.jobs)))?.map(({ key }) => key));
  return keys.size === jobs.length && jobs.every(({ key }) => keys.has(key));
}

/** What cannot be read is no finished run; opening the folder says what is wrong with it. */
function tolerantly<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
