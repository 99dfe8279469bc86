/** The trials of a run on one of its backends. */
import { fitToModel, type ModelFile } from '../assembly/fit-model.ts';
import { fitToServer } from '../assembly/fit-server.ts';
import { checkCost, createClientLoad, createEngineLoad, isClient, type Load } from '../assembly/limits.ts';
import type { OpenBackend } from '../assembly/open-backend.ts';
import type { OpenedBenchmark } from '../assembly/open-benchmarks.ts';
import { clientKitOf } from '../assembly/open-variant.ts';
import { openCells, planPolicies } from '../assembly/planned-policies.ts';
import { warmUp } from '../assembly/warm-up.ts';
import { openLocalModels } from '../backends/local-models.ts';
import type { ResolvedConfig } from '../config/index.ts';
import type { Job, Judges, Trial } from '../core/index.ts';
import { type RunEvent, type RunOutcome, run } from '../runner/run.ts';
import { whatIsLeft } from '../runner/what-is-left.ts';
import type { SessionRecord } from '../store/manifest.ts';
import { linesOf } from '../store/read-journals.ts';
import type { openScores } from '../store/rescored.ts';
import type { RunFolder } from '../store/run-folder.ts';
import { unscoredTrials } from '../store/unscored-trials.ts';
import type { CrewFacts } from '../workers/start-workers.ts';
import { openClients, withRequests } from './open-clients.ts';
import { openLanes } from './open-lanes.ts';
import type { Stage, StageOptions } from './stage.ts';
import { fileDoubts, refusedMeanwhile, type WireStats } from './wire-facts.ts';

/** `adapted`: fields that the server refused only after the first trials, with those refused before. `elsewhere`: connections of client processes. */
export type StageOutcome = RunOutcome & { adapted?: readonly string[]; elsewhere?: WireStats } & Pick<
    SessionRecord,
    'workers'
  >;

/** What all stages of a run share. */
export interface Shared {
  folder: RunFolder;
  scores: ReturnType<typeof openScores>;
  judges: Judges;
  jobs: readonly Job[];
}

export async function stageOf(
  { resolved, onNote }: StageOptions,
  opened: OpenBackend,
  { asked, model }: { asked: readonly OpenedBenchmark[]; model: ModelFile | undefined },
): Promise<Stage> {
  const { config, execution } = resolved;
  checkCost(resolved, opened.backend, opened.prices);
  const { benchmarks, notes } = opened.room
    ? await fitToServer(resolved, asked, opened.room)
    : await fitToModel(resolved, asked, model);
  for (const note of notes) onNote?.(note);
  const policies = await planPolicies(config.policies, opened.backend, execution.offline);
  // In an open loop the schedule offers trials, one by one.
  const isScheduled = execution.rps !== null && isClient(opened.backend);
  return {
    ...{ resolved, opened, benchmarks },
    policies: isScheduled
      ? policies.map((policy) => ({ ...policy, planned: { ...policy.planned, blockSize: 1 } }))
      : policies,
  };
}

/** Plays what is left of one backend's trials. */
export async function playStage(
  options: StageOptions,
  stage: Stage,
  { folder, scores, judges, jobs }: Shared,
): Promise<StageOutcome> {
  const { resolved, opened, benchmarks, policies } = stage;
  const { config, execution } = resolved;
  const { backend } = opened;
  const { journal, path } = folder;
  const own = jobs.filter(({ cell }) => cell.backend === backend.name);
  const { left, ...toPlay } = whatIsLeft(own, journal, execution.retryFailed);
  const load = loadOf(resolved, opened, linesOf(path));
  const source = load.wrap ? { ...backend, generate: load.wrap(backend.generate) } : backend;
  await using local = isClient(backend) ? await openLocalModels(options.signal) : undefined;
  const open = openCells(source, policies, clientKitOf(opened, load.wrap, local));
  const adaptedAtStart = opened.adapted?.() ?? [];
  await using clients = await openClients(options, stage, { load, left, run: folder.manifest.id });
  await using beside = isClient(backend) || left === 0 ? undefined : await openLanes(options, stage, own);
  await warmUp(resolved, withRequests(opened, clients), left, options.signal);
  const outcome = await run({
    ...toPlay,
    journal,
    ...(isClient(backend) && {
      lateScores: { unscored: () => unscoredTrials(journal, scores), append: scores.append },
    }),
    cells: (job: Job, signal) => open(job.cell.policy_name, signal),
    ...(beside?.lanes && { lanes: beside.lanes }),
    benchmarks: new Map(benchmarks.map(({ planned: { name }, played }) => [name, played])),
    config,
    capabilities: backend.capabilities,
    signal: options.signal,
    timeline: execution.timeline,
    ...(backend.kind === 'api' && config.backend.cache === 'warm' && { warm: true }),
    judges,
    ...(load.admission && { admission: load.admission }),
    enough: load.enough,
    ...(backend.endConversation && { endConversation: backend.endConversation }),
    threads: config.backend.threads === 'auto' ? undefined : config.backend.threads,
    ...(clients && { players: clients.players, ...(load.pay && { onPlayed: load.pay }) }),
    ...(load.played && { onPlayed: load.played }),
    ...scrubbing(opened, options),
    onEvent: (event) => {
      if (event.type === 'block') recordBlock(folder, event);
      if (event.type === 'trial') clients?.safe?.(event.trial.key);
      options.onEvent?.(event);
    },
  });
  const elsewhere = clients?.facts();
  const refused = refusedMeanwhile(opened, adaptedAtStart, elsewhere?.adapted);
  if (refused) options.onNote?.(refused.sentence);
  return {
    ...outcome,
    doubts: [...outcome.doubts, ...fileDoubts(opened, elsewhere?.connections)],
    ...(refused && { adapted: refused.adapted }),
    ...(clients && elsewhere && { workers: workersOf(clients.count, elsewhere), elsewhere: elsewhere.connections }),
    ...(beside && beside.count > 1 && { workers: { engines: beside.count } }),
  };
}

function workersOf(count: number, { count: found = count, machines, died }: CrewFacts): SessionRecord['workers'] {
  return { clients: found, died, ...(machines !== undefined && { machines }) };
}

function loadOf(resolved: ResolvedConfig, { backend, prices }: OpenBackend, earlier: Iterable<Trial>): Load {
  return isClient(backend) ? createClientLoad(resolved, prices, earlier) : createEngineLoad(resolved, earlier);
}

/** Says once that answers held a secret. */
function scrubbing({ scrub }: OpenBackend, { onNote }: StageOptions): { scrub?(trial: Trial): void } {
  if (!scrub) return {};
  let isTold = false;
  return {
    scrub(trial) {
      if (!scrub(trial) || isTold) return;
      isTold = true;
      onNote?.(
        'an answer of the server held the API key or a login: [key] stands in its place wherever the run keeps it',
      );
    },
  };
}

/** A makespan that cannot be written is dropped: it must not end a run or cost a trial. */
function recordBlock(folder: RunFolder, event: RunEvent & { type: 'block' }): void {
  folder.appendBlock(event.block).catch(() => undefined);
}
