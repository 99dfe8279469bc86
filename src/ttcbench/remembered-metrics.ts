/**
 * The metrics and objectives that a run was given stand in its `run.json`, so that a later report has the same columns.
 * A module is code: it is loaded again only as the file that the run had, and never out of the run folder itself, which
 * somebody else may have made.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import type { Metric } from '../core/index.ts';
import type { RememberedModule, RunManifest } from '../store/manifest.ts';

/** What `run.json` and a session keep of modules: where each lay, and what it was. */
export const rememberModules = (modules: readonly string[]): RememberedModule[] =>
  modules.flatMap((module) => {
    const path = resolve(module);
    const sha256 = fingerprint(path);
    return sha256 === undefined ? [] : [{ path, sha256 }];
  });

function fingerprint(path: string): string | undefined {
  try {
    return createHash('sha256').update(readFileSync(path)).digest('hex');
  } catch {
    return undefined;
  }
}

export interface Recalled {
  /** Modules to load, those that were named now last. */
  modules: string[];
  /** Why some of the run's are not among them. */
  problems: string[];
}

/** @param given modules that are named now: they stand for themselves */
export function recallModules(folder: string, manifest: RunManifest | undefined, given: readonly string[]): Recalled {
  const named = new Set(given.map((module) => resolve(module)));
  const known = new Map(
    [manifest?.checks.metrics, ...(manifest?.sessions.map(({ metrics }) => metrics) ?? [])]
      .flatMap((list) => list ?? [])
      .filter(({ path }) => !named.has(path))
      .map((one) => [one.path, one]),
  );
  const recalled: Recalled = { modules: [], problems: [] };
  for (const { path, sha256 } of known.values()) {
    const problem = problemOf(path, sha256, folder);
    if (problem) recalled.problems.push(`the run's metrics of ${path} are not here: ${problem}`);
    else recalled.modules.push(path);
  }
  recalled.modules.push(...given);
  return recalled;
}

function problemOf(path: string, sha256: string, folder: string): string | undefined {
  if (!relative(resolve(folder), path).startsWith('..'))
    return 'a module in a run folder is not run unless --metrics names it';
  const now = fingerprint(path);
  if (now === undefined) return 'there is no such file any more; --metrics names it where it is now';
  return now === sha256 ? undefined : 'the file has changed since; --metrics takes it as it is now';
}

/** Metrics that the run had and that nobody gives now, those of code among them. */
export function lackingMetrics(manifest: RunManifest | undefined, extra: readonly Metric[]): string[] {
  const now = new Set(extra.map(({ name }) => name));
  return ownMetricsOf(manifest).filter((name) => !now.has(name));
}

/** Names of all metrics that the run had and that are not built in. */
export function ownMetricsOf(manifest: RunManifest | undefined): string[] {
  const sessions = manifest?.sessions.flatMap(({ own_metrics = [] }) => own_metrics) ?? [];
  return [...new Set([...(manifest?.checks.own_metrics ?? []), ...sessions])];
}

/** The objectives that were given last. */
export function rememberedSlo(manifest: RunManifest | undefined): Readonly<Record<string, number>> {
  const last = manifest?.sessions.findLast(({ slo }) => slo !== undefined);
  return last?.slo ?? manifest?.checks.slo ?? {};
}
