/** A run from its configuration to its report: config → plan → trials → journal → report. */
import { join } from 'node:path';
import type { ResolvedConfig } from '../config/index.ts';
import type { Job, Sample, Tools } from '../core/index.ts';
import type { Report } from '../report/index.ts';
import { plan, planHash } from '../runner/plan.ts';
import { exitCodeOf, type RunEvent, run } from '../runner/run.ts';
import { readJobs } from '../store/jobs-file.ts';
import { openRunFolder, type RunFolder } from '../store/run-folder.ts';
import { type ClientLoad, createClientLoad, isClient, repeatsFor } from './client-load.ts';
import { hardware, versions } from './facts.ts';
import { type BackendHooks, type OpenBackend, openBackend } from './open-backend.ts';
import { type OpenedBenchmark, openBenchmark } from './open-benchmarks.ts';
import { openJudges } from './open-judges.ts';
import { openCells, planPolicies } from './planned-policies.ts';
import { reportOn } from './report-on.ts';

export interface StartRun extends Omit<BackendHooks, 'offline' | 'record'> {
  resolved: ResolvedConfig;
  /** The command line, for the report. */
  command: string;
  signal: AbortSignal;
  onStart?(about: { folder: string; resumed: boolean; jobs: number }): void;
  onEvent?(event: RunEvent): void;
}

export interface RunResult {
  folder: string;
  /** Absent after an interruption: the shell should have its prompt back within a second. */
  report?: Report;
  status: 'complete' | 'interrupted' | 'stopped';
  /** Why it stopped. */
  reason?: string;
  doubts: string[];
  exitCode: 0 | 3 | 130;
}

export async function startRun(options: StartRun): Promise<RunResult> {
  const { config, execution } = options.resolved;
  const benchmarks = await Promise.all(config.benchmarks.map(openBenchmark));
  const { offline, record } = execution;
  const opened = await openBackend(config.backend, { ...options, offline, record });
  const { backend, model } = opened;
  await using _backend = backend;
  await using judging = await openJudges(benchmarks, backend, { ...options, download: !offline });
  const policies = await planPolicies(config.policies, backend);
  const perRepeat = policies.length * benchmarks.reduce((sum, { planned }) => sum + planned.sampleIds.length, 0);
  const repeats = repeatsFor(options.resolved, perRepeat);
  const planned = plan(
    { ...config, repeats },
    {
      benchmarks: benchmarks.map((benchmark) => benchmark.planned),
      policies: policies.map((policy) => policy.planned),
      backend: { name: backend.name, model: backend.model, identity: backend.identity },
    },
  );
  const jobs = execution.jobs ? readJobs(execution.jobs) : planned;
  const path = execution.out ?? join('runs', planHash(config, planned));
  await using folder = await openRunFolder(path, {
    id: planHash(config, planned),
    config,
    jobs,
    samples: sampleRows(benchmarks),
    facts: {
      versions: versions(),
      hardware: hardware(),
      model,
      checks: {
        backend: backend.identity,
        command: options.command,
        ...judging.facts,
        ...(await backend.facts?.()),
      },
    },
  });
  options.onStart?.({ folder: path, resumed: folder.resumed, jobs: jobs.length });
  const load = isClient(backend)
    ? createClientLoad(options.resolved, opened.prices, folder.journal.trials())
    : undefined;
  const source = load ? { ...backend, generate: load.wrap(backend.generate) } : backend;
  const open = openCells(source, policies, toolsOf(opened, load));
  await opened.warm?.(Math.min(64, Math.ceil(execution.rps ?? config.concurrency)));
  const outcome = await run({
    jobs,
    journal: folder.journal,
    cells: (job: Job) => open(job.cell.policy_name),
    benchmarks: new Map(benchmarks.map(({ planned: { name }, played }) => [name, played])),
    config,
    signal: options.signal,
    judges: judging.judges,
    ...(load && { admission: load.admission, enough: load.enough }),
    retryFailed: execution.retryFailed,
    threads: config.backend.threads === 'auto' ? undefined : config.backend.threads,
    onEvent: (event) => {
      if (event.type === 'block') recordBlock(folder, event);
      options.onEvent?.(event);
    },
  });
  const { status, reason, machine, doubts } = outcome;
  await folder.endSession({ status, machine, doubts, ...(reason && { reason }) });
  const report =
    status === 'interrupted' ? undefined : await reportOn(path, { write: true, metrics: execution.metrics });
  return {
    folder: path,
    ...(report && { report }),
    ...(reason && { reason }),
    status,
    doubts,
    exitCode: exitCodeOf(outcome),
  };
}

function toolsOf({ another }: OpenBackend, load: ClientLoad | undefined): Tools {
  return {
    // Four characters a token: a client has no tokenizer of the model.
    count: (text) => Math.ceil(text.length / 4),
    ...(another && load && { generate: (model: string) => load.wrap(another(model)) }),
  };
}

/** Makespans are for reports; a trial is never lost for one. */
function recordBlock(folder: RunFolder, event: RunEvent & { type: 'block' }): void {
  folder.appendBlock(event.block).catch(() => undefined);
}

function* sampleRows(benchmarks: readonly OpenedBenchmark[]): Generator<Sample & { benchmark: string }> {
  for (const { planned, played } of benchmarks) {
    for (const sample of played.samples.values()) yield { ...sample, benchmark: planned.name };
  }
}
