import { checkMetrics } from '../assembly/check-metrics.ts';
import { type Fitted, fitToModel, type ModelFile, modelHere, modelName } from '../assembly/fit-model.ts';
import { foretellCalls } from '../assembly/foretell-calls.ts';
import { areModelsHere } from '../assembly/key-params.ts';
import { repeatsFor, roomFor } from '../assembly/limits.ts';
import { openBenchmarks } from '../assembly/open-benchmarks.ts';
import { checkPolicies } from '../assembly/planned-policies.ts';
import { type Range, type Speed, secondsOf } from '../assembly/probe-speed.ts';
import { kindOf } from '../backends/index.ts';
import type { ResolvedConfig } from '../config/index.ts';
import type { BackendKind, Capability } from '../core/index.ts';
import { type Forecast, type ForecastCall, forecast } from '../runner/forecast.ts';
import { readJobs } from '../store/jobs-file.ts';
import { foreseeFolder } from './foresee-folder.ts';
import { basisOf, type Foresight, foreseeRun } from './foresee-run.ts';
import { perBackend } from './plan-stages.ts';
import { checkRecording, closing } from './start-run.ts';

/** What would run, and what it would take. */
export interface DryRun extends Forecast {
  policies: string[];
  /** Name and number of samples. */
  benchmarks: Record<string, number>;
  backend: string;
  /** `null`: the server or the recording says. */
  model: string | null;
  /** The run folder; `null` where its name follows from a server or a model that was not asked. */
  out: string | null;
  /** A run of the same plan is there and would be taken up. */
  resumes: boolean;
  /** Trials that are still to be played, where the plan is known. */
  left: number | null;
  /** What the run would say before its first trial: answers that have less room than usual. */
  notes: string[];
  /** On the engine, where it was probed: what the trials that are left may take, and how that was found. */
  estimate?: { seconds: Range; basis: string };
}

export interface DryRunOptions {
  /**
   * Whether the engine is started: for the name of the folder, for policies that cannot be opened, and for a few short
   * calls, so that there is a forecast of the time. A model that is not on this machine is not pulled for it.
   * @default false
   */
  probe?: boolean;
  /** As of `startRun`. */
  folderOf?: ((id: string) => string) | undefined;
}

/**
 * No server is called and nothing is written.
 * @throws what the run itself would throw for its names, parameters, compositions, metrics, data, models and folder
 */
export async function dryRun(
  resolved: ResolvedConfig,
  { probe = false, folderOf }: DryRunOptions = {},
): Promise<DryRun> {
  const { config, execution } = resolved;
  await checkMetrics(resolved);
  const perOne = perBackend(resolved);
  for (const one of perOne) await checkPolicies(config.policies, backendOf(one));
  const opened = await openBenchmarks(config.benchmarks);
  await using _benchmarks = closing(opened);
  checkRecording(resolved);
  const models = await Promise.all(perOne.map(({ config: { backend } }) => modelHere(backend)));
  const isHere = await areModelsHere(config.policies);
  const [{ benchmarks, notes }] = (await Promise.all(perOne.map((one, at) => fitToModel(one, opened, models[at])))) as [
    Fitted,
  ];
  const { kind } = backendOf(resolved);
  // As far as it is known without asking a server.
  const capabilities = new Set<Capability>(kind === 'api' ? ['tools'] : []);
  const samples = (
    await Promise.all(benchmarks.map((one) => foretellCalls(one, config.maxTokens, capabilities)))
  ).flat();
  // The baseline runs twice.
  const cells = (config.policies.length + 2) * perOne.length;
  const planned = cells * repeatsFor(resolved, cells * samples.length);
  const chosen = execution.jobs === null ? Number.POSITIVE_INFINITY : readJobs(execution.jobs).length;
  const times = Math.min(planned, Math.min(roomFor(resolved), chosen) / samples.length);
  const calls = samples.flat();
  // At once, before an engine is started for what is left to know.
  const seen = await foreseeFolder(resolved, undefined, opened);
  const canOpen = isHere && perOne.every((one, at) => canBeOpened(backendOf(one).kind, models[at]));
  const foreseen: Foresight =
    probe && canOpen
      ? await foreseeRun(resolved, { asked: opened, models, calls, folderOf })
      : { target: seen, notes: [] };
  const { target, speed } = foreseen;
  const amounts = forecast({
    ...{ samples, times },
    ...slowest(execution),
    ...(execution.requestsPerMinute !== null && { requestsPerMinute: execution.requestsPerMinute }),
    ...(execution.tokensPerMinute !== null && { tokensPerMinute: execution.tokensPerMinute }),
    ...(await pricesOf(config.backend)),
  });
  return {
    policies: ['baseline', ...config.policies.map(({ name, label }) => label ?? name)],
    benchmarks: Object.fromEntries(benchmarks.map(({ planned, played }) => [planned.name, played.samples.size])),
    backend: config.backend.name,
    model: modelName(config.backend),
    ...{ out: target.folder, resumes: target.resumes, left: target.left },
    notes: [...notes, ...foreseen.notes],
    ...(speed && { estimate: estimateOf(speed, calls, (times * (target.left ?? 0)) / amounts.trials, execution) }),
    ...amounts,
  };
}

const backendOf = ({ config: { backend } }: ResolvedConfig) => ({ name: backend.name, kind: kindOf(backend.name) });

/** Without calling a server, or pulling a model. */
const canBeOpened = (kind: BackendKind, model: ModelFile | undefined) =>
  kind === 'replay' || (kind === 'engine' && model !== undefined);

/** Engines that work at once share the trials at best evenly. */
function estimateOf(
  speed: Speed,
  calls: readonly ForecastCall[],
  times: number,
  { workers }: ResolvedConfig['execution'],
): DryRun['estimate'] {
  const { low, high } = secondsOf(calls, times, speed);
  const together = workers > 1 ? `; up to ${workers} engines at once` : '';
  return { seconds: { low: low / workers, high }, basis: `${basisOf(speed)}${together}` };
}

/** The lower of the rate that is asked for and the limit on it. */
function slowest({ rps, requestsPerSecond }: ResolvedConfig['execution']): { requestsPerSecond?: number } {
  const rates = [rps, requestsPerSecond].filter((rate) => rate !== null);
  return rates.length > 0 ? { requestsPerSecond: Math.min(...rates) } : {};
}

async function pricesOf({ name, model }: ResolvedConfig['config']['backend']) {
  if (kindOf(name) !== 'api' || model === null) return {};
  const { priceOf } = await import('../client/index.ts');
  const prices = priceOf(name, model);
  return prices ? { prices } : {};
}
