/** Run folders side by side. */
import { basename, resolve } from 'node:path';
import { hash, TtcError } from '../core/index.ts';
import {
  type ComparedRun,
  checkConditions,
  comparePolicies,
  compareRuns as comparePure,
  metricsOf,
  parseCondition,
  type RunComparison,
  type RunToCompare,
} from '../report/index.ts';
import { type RunManifest, readManifest } from '../store/manifest.ts';
import { RUN_FILES } from '../store/run-folder.ts';
import { readSamples } from '../store/samples-file.ts';
import { collectRun } from './collect-run.ts';

export interface CompareOptions {
  /** `throughput < 0.95x`: see docs/compare.md. */
  failIf?: readonly string[] | undefined;
  /** Only these policies. */
  policies?: readonly string[] | undefined;
  /** Modules with metrics of the user's own. */
  metrics?: readonly string[] | undefined;
  /** What the folders are called. @default their names, or whole paths where two have the same */
  labels?: readonly string[] | undefined;
}

/**
 * Each run against the first.
 * @throws E_ARGUMENT where fewer than two folders are given, or a condition names a metric that no trial has
 */
export async function compareFolders(
  folders: readonly string[],
  { failIf = [], policies, metrics = [], labels = labelsOf(folders) }: CompareOptions = {},
): Promise<RunComparison> {
  const conditions = failIf.map(parseCondition);
  if (folders.length < 2) {
    throw new TtcError('E_ARGUMENT', 'compare takes two run folders or more', {
      help: 'ttcbench compare runs/before runs/after',
    });
  }
  const runs: RunToCompare[] = [];
  for (const [i, folder] of folders.entries()) runs.push(await readForComparison(folder, labels[i] as string, metrics));
  checkConditions(conditions, metricsOf(runs));
  const played = runs.flatMap(({ input }) => input.collected.groups.flatMap(({ cells }) => cells));
  for (const name of policies ?? [])
    if (!played.some(({ cell }) => cell.policy_name === name))
      throw new TtcError('E_ARGUMENT', `--policy ${name}: none of these runs played it`);
  const comparison = comparePure(runs, { conditions, ...(policies && policies.length > 0 && { policies }) });
  if (conditions.length > 0) refuseIdleGate(comparison);
  return comparison;
}

/** A gate that could judge nothing would let everything through. */
function refuseIdleGate({ first, runs }: RunComparison): void {
  const idle = runs.find(({ cells }) => cells.length === 0);
  if (!idle) return;
  throw new TtcError(
    'E_ARGUMENT',
    `--fail-if: ${idle.label} and ${first} have no cell in common, so nothing is judged`,
    {
      help: 'compare runs of the same benchmark, model and policies; without --fail-if their differences are listed',
    },
  );
}

/**
 * Two policies of a run, the second against the first.
 * @throws E_ARGUMENT where the run did not play them; E_DATA where there is no run
 */
export async function comparePoliciesOf(folder: string, first: string, second: string): Promise<ComparedRun> {
  const { lacking: _, ...input } = await collectRun(folder);
  const played = new Set(input.collected.groups.flatMap(({ cells }) => cells.map(({ cell }) => cell.policy_name)));
  for (const name of [first, second])
    if (!played.has(name)) throw new TtcError('E_ARGUMENT', `${name}: this run did not play it`);
  return comparePolicies(input, first, second);
}

/** Names of folders; whole paths where two have the same. */
function labelsOf(folders: readonly string[]): string[] {
  const names = folders.map((folder) => basename(resolve(folder)));
  return new Set(names).size === names.length ? names : [...folders];
}

async function readForComparison(path: string, label: string, metrics: readonly string[]): Promise<RunToCompare> {
  const input = await collectRun(path, { metrics });
  const samples = new Map<string, Map<string, string>>();
  for (const { benchmark, id, prompt, reference } of readSamples(`${path}/${RUN_FILES.samples}`).samples) {
    const known = samples.get(benchmark) ?? new Map<string, string>();
    samples.set(benchmark, known);
    known.set(id, hash([prompt, reference]));
  }
  return { label, input, samples, facts: factsOf(readManifest(`${path}/${RUN_FILES.manifest}`)) };
}

/** What numbers depend on beside what was to be compared: names are those of a reader. */
function factsOf(manifest: RunManifest | undefined): Record<string, string> {
  if (!manifest) return { manifest: 'missing' };
  const { hardware, model, versions, checks, config } = manifest;
  const { benchmarks, policies: _, ...settings } = config as unknown as Record<string, unknown>;
  const sizes = (benchmarks as Record<string, unknown>[]).map(({ name, options }) => [name, JSON.stringify(options)]);
  const text = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));
  const all: Record<string, unknown> = {
    machine: `${hardware.cpu}, ${hardware.cores} cores, ${hardware.system}`,
    model: model.name,
    'model file': model.sha256,
    ...Object.fromEntries(Object.entries(versions).map(([name, version]) => [`version of ${name}`, version])),
    ...{ backend: checks.backend, threads: checks.threads, 'CPU library': checks.library },
    ...Object.fromEntries(sizes.map(([name, options]) => [`options of ${name}`, options])),
    ...Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, value])),
  };
  const kept = Object.entries(all).filter(
    ([name, value]) => value != null && !['margin', 'concurrency'].includes(name),
  );
  return Object.fromEntries(kept.map(([name, value]) => [name, text(value)]));
}
