/** Finds a run that is finished, to show its report while its server is down. */
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ServerRoom } from '../backends/backend-entry.ts';
import { kindOf } from '../backends/index.ts';
import type { ResolvedConfig } from '../config/index.ts';
import { hash, type Job, type Prices } from '../core/index.ts';
import { isLeft } from '../runner/what-is-left.ts';
import { readJobs } from '../store/jobs-file.ts';
import { type RunManifest, readManifest } from '../store/manifest.ts';
import { indexJournals } from '../store/read-journals.ts';
import { RUN_FILES } from '../store/run-folder.ts';
import { fitToServer } from './fit-server.ts';
import type { OpenBackend } from './open-backend.ts';
import type { OpenedBenchmark } from './open-benchmarks.ts';
import { planPolicies } from './planned-policies.ts';
import { keepsPrompts, planRun, withoutSecrets } from './run-plan.ts';

export interface FinishedRun {
  folder: string;
  /** What its server was, without a server: every call is refused. */
  opened: OpenBackend;
}

const manifestOf = (path: string) => readManifest(join(path, RUN_FILES.manifest));

/** Whether the last session on a run folder played all of its plan. */
export const isFinished = (path: string): boolean => manifestOf(path)?.sessions.at(-1)?.status === 'complete';

/**
 * The one finished run of this configuration against an API, for when the server is down. What the server was is taken
 * from the run's manifest; whether it is still the same cannot be checked.
 * @param refusal the error that any call to the server ends with
 * @returns undefined where there is no such run, or more than one
 */
export async function findFinished(
  resolved: ResolvedConfig,
  benchmarks: readonly OpenedBenchmark[],
  folderOf: (id: string) => string,
  refusal: unknown,
): Promise<FinishedRun | undefined> {
  if (kindOf(resolved.config.backend.name) !== 'api') return undefined;
  const { out } = resolved.execution;
  const found: FinishedRun[] = [];
  for (const path of out === null ? foldersIn(dirname(folderOf('id'))) : [out]) {
    const opened = await tolerantly(() => openIfFinished(path, resolved, benchmarks, folderOf, refusal));
    if (opened) found.push({ folder: path, opened });
  }
  return found.length === 1 ? found[0] : undefined;
}

async function openIfFinished(
  path: string,
  resolved: ResolvedConfig,
  benchmarks: readonly OpenedBenchmark[],
  folderOf: (id: string) => string,
  refusal: unknown,
): Promise<OpenBackend | undefined> {
  const manifest = manifestOf(path);
  if (!manifest || hash(manifest.config) !== hash(withoutSecrets(resolved.config))) return undefined;
  const opened = withoutServer(manifest, refusal);
  const { offline, retryFailed } = resolved.execution;
  const policies = await planPolicies(resolved.config.policies, opened.backend, offline);
  const { benchmarks: fitted } = await fitToServer(resolved, benchmarks, opened.room as ServerRoom);
  const stage = { benchmarks: fitted, policies, backend: opened.backend, apart: keepsPrompts(manifest.checks) };
  const { id, jobs } = planRun(resolved, [stage]);
  if (manifest.id !== id || folderOf(id) !== path || !areJobsOf(path, jobs)) return undefined;
  const { entries } = indexJournals(path);
  const journal = { status: (key: string) => entries.get(key)?.status };
  return jobs.some((job) => isLeft(job, { journal, retryFailed })) ? undefined : opened;
}

/** What an API backend says of itself in `run.json`. */
const serverFacts = ['provider', 'endpoints', 'capabilities', 'context', 'cache', 'fast_model', 'prices'];

function withoutServer({ config, model, checks }: RunManifest, refusal: unknown): OpenBackend {
  const facts = Object.fromEntries(Object.entries(checks).filter(([name]) => serverFacts.includes(name)));
  return {
    backend: {
      name: config.backend.name,
      kind: kindOf(config.backend.name),
      model: String(model.name),
      identity: String(checks.backend),
      capabilities: new Set(),
      // biome-ignore lint/correctness/useYield: it has nothing to give
      async *generate() {
        throw refusal;
      },
      facts: async () => facts,
      async [Symbol.asyncDispose]() {},
    },
    model,
    prices: model.prices as Prices | undefined,
    room: { model: String(model.name), limits: (checks.limits ?? {}) as Record<string, number> },
  };
}

function foldersIn(place: string): string[] {
  try {
    const entries = readdirSync(place, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(place, name));
  } catch {
    return [];
  }
}

function areJobsOf(path: string, jobs: readonly Job[]): boolean {
  const keys = new Set(readJobs(join(path, RUN_FILES.jobs)).map(({ key }) => key));
  return keys.size === jobs.length && jobs.every(({ key }) => keys.has(key));
}

/** What cannot be read is no finished run; opening the folder says what is wrong with it. */
async function tolerantly<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch {
    return undefined;
  }
}
