/** A run from its configuration to its report: config → plan → trials → journal → report. */
import { join } from 'node:path';
import type { ResolvedConfig } from '../config/index.ts';
import type { Job, Sample } from '../core/index.ts';
import type { Report } from '../report/index.ts';
import { plan, planHash } from '../runner/plan.ts';
import { exitCodeOf, type RunEvent, run } from '../runner/run.ts';
import { readJobs } from '../store/jobs-file.ts';
import { openRunFolder, type RunFolder } from '../store/run-folder.ts';
import { hardware, versions } from './facts.ts';
import { type BackendHooks, openBackend } from './open-backend.ts';
import { type OpenedBenchmark, openBenchmark } from './open-benchmarks.ts';
import { openCells, planPolicies } from './planned-policies.ts';
import { reportOn } from './report-on.ts';

export interface StartRun extends Omit<BackendHooks, 'offline'> {
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
  doubts: string[];
  exitCode: 0 | 3 | 130;
}

export async function startRun(options: StartRun): Promise<RunResult> {
  const { config, execution } = options.resolved;
  const benchmarks = await Promise.all(config.benchmarks.map(openBenchmark));
  const { backend, model } = await openBackend(config.backend, { ...options, offline: execution.offline });
  await using _backend = backend;
  const policies = await planPolicies(config.policies, backend);
  const planned = plan(config, {
    benchmarks: benchmarks.map((benchmark) => benchmark.planned),
    policies: policies.map((policy) => policy.planned),
    backend: { name: backend.name, model: backend.model, identity: backend.identity },
  });
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
      checks: { backend: backend.identity, command: options.command, ...(await backend.facts?.()) },
    },
  });
  options.onStart?.({ folder: path, resumed: folder.resumed, jobs: jobs.length });
  const open = openCells(backend, policies);
  const outcome = await run({
    jobs,
    journal: folder.journal,
    cells: (job: Job) => open(job.cell.policy_name),
    benchmarks: new Map(benchmarks.map(({ planned: { name }, played }) => [name, played])),
    config,
    signal: options.signal,
    retryFailed: execution.retryFailed,
    threads: config.backend.threads === 'auto' ? undefined : config.backend.threads,
    onEvent: (event) => {
      if (event.type === 'block') recordBlock(folder, event);
      options.onEvent?.(event);
    },
  });
  const { status, reason, machine, doubts } = outcome;
  await folder.endSession({ status, machine, doubts, ...(reason && { reason }) });
  const report = status === 'interrupted' ? undefined : await reportOn(path, { write: true });
  return { folder: path, ...(report && { report }), status, doubts, exitCode: exitCodeOf(outcome) };
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
