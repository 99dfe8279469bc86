/** A run from its configuration to its report: config → plan → trials → journal → report. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { checkMetrics } from '../assembly/check-metrics.ts';
import { writeFloors } from '../assembly/constant-answers.ts';
import { hardware, versions } from '../assembly/facts.ts';
import { findFinished } from '../assembly/finished-run.ts';
import type { ModelFile } from '../assembly/fit-model.ts';
import { timeoutsOf } from '../assembly/limits.ts';
import { type BackendHooks, type OpenBackend, openBackend } from '../assembly/open-backend.ts';
import { type OpenedBenchmark, openBenchmarks } from '../assembly/open-benchmarks.ts';
import { openJudges } from '../assembly/open-judges.ts';
import { checkPolicies } from '../assembly/planned-policies.ts';
import { kindOf } from '../backends/index.ts';
import type { ResolvedConfig } from '../config/index.ts';
import { codeOf, type Judges, type Sample, type Stop, TtcError } from '../core/index.ts';
import { evaluator } from '../metrics/index.ts';
import type { Report } from '../report/index.ts';
import { exitCodeOf, type RunEvent } from '../runner/run.ts';
import { whatIsLeft } from '../runner/what-is-left.ts';
import type { RunFacts, SessionRecord } from '../store/manifest.ts';
import { openScores } from '../store/rescored.ts';
import { openRunFolder, RUN_FILES } from '../store/run-folder.ts';
import { closingAll, limitsOf, perBackend, planStages, withThreadsOf } from './plan-stages.ts';
import { playStage, type StageOutcome, stageOf } from './play-stage.ts';
import { rememberModules } from './remembered-metrics.ts';
import { orElse, reportOn } from './report-on.ts';
import type { Stage } from './stage.ts';
import { connectionsOf } from './wire-facts.ts';

export interface StartRun extends Omit<BackendHooks, 'offline' | 'record' | 'timeouts'> {
  resolved: ResolvedConfig;
  /** The command line, for the report. Default: none, where a program starts the run. */
  command?: string;
  /** Names the run folder by the plan's hash where `--out` does not. @default `runs/<hash>` */
  folderOf?(id: string): string;
  /** `folder`: the report is not copied into the working directory. */
  report?: 'folder';
  /** Ends the run: trials in flight are dropped and played again by the next run of this configuration. */
  signal?: AbortSignal;
  /** @param about `left`: trials that are still to be played */
  onStart?(about: { folder: string; resumed: boolean; jobs: number; left: number }): void;
  onEvent?(event: RunEvent): void;
}

export interface RunResult {
  /** Absent where the run was interrupted before it had one. */
  folder?: string;
  /** Absent after an interruption: the shell should have its prompt back within a second. */
  report?: Report;
  status: 'complete' | 'interrupted' | 'stopped';
  /** Why it stopped: `wordsOfStop` says it. */
  stop?: Stop;
  doubts: string[];
  /** Files of the run that could not be written after its last trial: a full disk. The trials are safe. */
  unwritten: TtcError[];
  exitCode: 0 | 3 | 130;
}

type Options = StartRun & { signal: AbortSignal };

/**
 * Plays what is left of a configuration's plan and writes its report.
 * @returns also where the signal aborted, with the status `interrupted`: an abort never rejects
 * @throws TtcError where there can be no run: a wrong configuration, a missing model, a folder that cannot be written
 */
export async function startRun({ signal = new AbortController().signal, ...options }: StartRun): Promise<RunResult> {
  const { out } = options.resolved.execution;
  let folder = out !== null && existsSync(join(out, RUN_FILES.manifest)) ? out : undefined;
  const onStart: StartRun['onStart'] = (started) => {
    folder = started.folder;
    options.onStart?.(started);
  };
  try {
    return await playRun({ ...options, onStart, signal });
  } catch (error) {
    const isAbort = signal.aborted && (error === signal.reason || codeOf(error) === 'E_ABORTED');
    if (!isAbort) throw error;
    return { ...(folder !== undefined && { folder }), status: 'interrupted', doubts: [], unwritten: [], exitCode: 130 };
  }
}

/** Benchmarks may hold a database or a thread. */
export const closing = (opened: readonly OpenedBenchmark[]): AsyncDisposable =>
  closingAll(opened.map(({ played }) => played.open));

async function playRun(options: Options): Promise<RunResult> {
  const { config, execution } = options.resolved;
  const asked = await openBenchmarks(config.benchmarks);
  await using _benchmarks = closing(asked);
  checkRecording(options.resolved);
  await checkMetrics(options.resolved);
  // Before a model is pulled, or a server asked, for a policy that cannot be played.
  for (const { name } of config.backends ?? [config.backend])
    await checkPolicies(config.policies, { name, kind: kindOf(name) });
  const folderOf = (id: string) => execution.out ?? options.folderOf?.(id) ?? join('runs', id);
  const opened: Stage[] = [];
  const backends: AsyncDisposable[] = [];
  await using _backends = closingAll(backends);
  const openings: { resolved: ResolvedConfig; opened: OpenBackend; model?: ModelFile }[] = [];
  for (const resolved of perBackend(options.resolved)) {
    const opening = await openOrRecall({ ...options, resolved }, asked, folderOf);
    backends.push(opening.opened.backend);
    openings.push({ resolved, ...opening });
  }
  // Beside other engines the first one should not work for scores as well.
  const engine =
    execution.workers > 1 ? undefined : openings.find(({ opened }) => opened.backend.encode)?.opened.backend;
  await using judging = await openJudges(asked, engine, { ...options, download: !execution.offline });
  for (const { resolved, opened: one, model } of openings)
    opened.push(await stageOf({ ...options, resolved }, one, { asked, model }));
  const { id, config: kept, jobs, stages } = await planStages(options.resolved, opened);
  const path = folderOf(id);
  await using folder = await openRunFolder(path, {
    id,
    config: kept,
    jobs,
    samples: sampleRows(stages[0]?.benchmarks ?? []),
    facts: await factsOf(options, stages, { ...judging.facts, ...limitsOf(asked, stages) }),
  });
  await using scores = openScores(path);
  const { left } = whatIsLeft(jobs, folder.journal, execution.retryFailed);
  options.onStart?.({ folder: path, resumed: folder.resumed, jobs: jobs.length, left });
  if (execution.record !== null && left === 0)
    options.onNote?.(`nothing recorded in ${execution.record}: all trials are finished, no call is made`);
  const shared = { folder, scores, judges: judging.judges, jobs };
  const outcomes: StageOutcome[] = [];
  for (const stage of stages) {
    outcomes.push(await playStage(options, stage, shared));
    if (outcomes.at(-1)?.status !== 'complete') break;
  }
  const last = outcomes.at(-1) as StageOutcome;
  const { status, machine, stop } = last;
  const doubts = [...new Set(outcomes.flatMap((outcome) => outcome.doubts))];
  const adapted = outcomes.flatMap((outcome) => outcome.adapted ?? []);
  const unwritten: TtcError[] = [];
  const onUnwritten = (error: TtcError) => void unwritten.push(error);
  const session = {
    ...{ status, machine, doubts },
    ...remembered(options.resolved),
    ...(stop && { stop }),
    ...connectionsOf(
      stages.find(({ opened }) => opened.connections)?.opened,
      outcomes.flatMap(({ elsewhere }) => elsewhere ?? []),
    ),
    ...(adapted.length > 0 && { adapted }),
    ...workersOf(outcomes),
  };
  await orElse(onUnwritten, folder.endSession(session));
  const [first] = stages as [Stage];
  const report =
    status === 'interrupted'
      ? undefined
      : await reportOfRun(path, options, { benchmarks: first.benchmarks, judges: judging.judges, onUnwritten });
  return {
    folder: path,
    ...(report && { report }),
    ...(stop && { stop }),
    status,
    doubts,
    unwritten,
    exitCode: Math.max(...outcomes.map(exitCodeOf)) as RunResult['exitCode'],
  };
}

function workersOf(outcomes: readonly StageOutcome[]): Pick<SessionRecord, 'workers'> {
  const used = outcomes.flatMap(({ workers }) => workers ?? []);
  return used.length > 0 ? { workers: Object.assign({}, ...used) } : {};
}

/** @throws E_ARGUMENT where no answer of a server would come */
export function checkRecording({ config, execution }: ResolvedConfig): void {
  const names = (config.backends ?? [config.backend]).map(({ name }) => name);
  if (execution.record === null || names.some((name) => kindOf(name) === 'api')) return;
  throw new TtcError('E_ARGUMENT', `--record: ${names.join(', ')} asks no server, so there is nothing to record`, {
    help: 'leave --record out, or take an API: --backend openai, groq',
  });
}

/**
 * The backend. Where its server is down and exactly one finished run matches this configuration: what that run's manifest
 * says of the server, so that the report can be shown.
 */
async function openOrRecall(
  options: Options,
  benchmarks: readonly OpenedBenchmark[],
  folderOf: (id: string) => string,
): Promise<{ opened: OpenBackend; model?: ModelFile }> {
  const { resolved, onNote } = options;
  const { offline, record } = resolved.execution;
  let model: ModelFile | undefined;
  const onModel: BackendHooks['onModel'] = (found) => {
    model = found;
    options.onModel?.(found);
  };
  try {
    const hooks = { ...options, offline, record, timeouts: timeoutsOf(resolved), onModel };
    const opened = await openBackend(withThreadsOf(resolved), hooks);
    return { opened, ...(model && { model }) };
  } catch (error) {
    if (codeOf(error) !== 'E_CONNECT') throw error;
    const finished = await findFinished(resolved, benchmarks, folderOf, error);
    if (!finished) throw error;
    onNote?.(
      `${(error as Error).message}: the server is down; exactly one finished run matches, ${finished.folder}, so its report is shown`,
    );
    return { opened: finished.opened };
  }
}

/** Of several backends, each one's facts stand under its name: what they share (a price) would be wrong of the others. */
async function factsOf(
  { command, resolved }: StartRun,
  stages: readonly Stage[],
  judging: Record<string, unknown>,
): Promise<RunFacts> {
  const policies = stages.flatMap((stage) => stage.policies);
  const facts = await Promise.all(stages.map(({ opened: { backend } }) => backend.facts?.() ?? {}));
  const [first] = stages as [Stage];
  const isOne = stages.length === 1;
  const names = stages.map(({ opened }) => opened.backend.name);
  const acts = policies.flatMap(({ policy, planned }) => {
    const counter = (planned.realisation === 'client' ? policy.client?.acts : undefined) ?? policy.acts;
    return counter ? [[planned.policy_name, counter]] : [];
  });
  return {
    versions: versions(),
    hardware: hardware(),
    model: isOne
      ? first.opened.model
      : Object.fromEntries(stages.map(({ opened }) => [opened.backend.name, opened.model])),
    checks: {
      backend: stages.map(({ opened }) => opened.backend.identity).join(' and '),
      ...(command !== undefined && { command }),
      acts: Object.fromEntries(acts),
      ...remembered(resolved),
      ...judging,
      ...(isOne ? facts[0] : { backends: Object.fromEntries(names.map((name, at) => [name, facts[at]])) }),
    },
  };
}

/** What later reports of this run need. */
function remembered({
  execution: { metrics, slo },
}: ResolvedConfig): Pick<SessionRecord, 'metrics' | 'own_metrics' | 'slo'> {
  const own = evaluator.metrics().map(({ name }) => name);
  return {
    ...(metrics.length > 0 && { metrics: rememberModules(metrics) }),
    // Those of code among them.
    ...(own.length > 0 && { own_metrics: own }),
    ...(Object.keys(slo).length > 0 && { slo }),
  };
}

interface Reporting {
  benchmarks: readonly OpenedBenchmark[];
  judges: Judges;
  onUnwritten(error: TtcError): void;
}

async function reportOfRun(
  path: string,
  { resolved, report }: StartRun,
  { benchmarks, judges, onUnwritten }: Reporting,
): Promise<Report> {
  const { metrics, slo } = resolved.execution;
  await orElse(onUnwritten, writeFloors(path, benchmarks, judges));
  return reportOn(path, { write: report ?? true, metrics, slo, onUnwritten });
}

function* sampleRows(benchmarks: readonly OpenedBenchmark[]): Generator<Sample & { benchmark: string }> {
  for (const { planned, played } of benchmarks) {
    for (const sample of played.samples.values()) yield { ...sample, benchmark: planned.name };
  }
}
