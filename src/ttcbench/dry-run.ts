import { checkMetrics } from '../assembly/check-metrics.ts';
import { fitToModel, modelHere, modelName } from '../assembly/fit-model.ts';
import { foretellCalls } from '../assembly/foretell-calls.ts';
import { repeatsFor, roomFor } from '../assembly/limits.ts';
import { openBackend } from '../assembly/open-backend.ts';
import { openBenchmarks } from '../assembly/open-benchmarks.ts';
import { checkPolicies } from '../assembly/planned-policies.ts';
import { probeSpeed, secondsOf } from '../assembly/probe-speed.ts';
import { kindOf } from '../backends/index.ts';
import type { ResolvedConfig } from '../config/index.ts';
import { type Capability, plainText } from '../core/index.ts';
import { type Forecast, type ForecastCall, forecast } from '../runner/forecast.ts';
import { readJobs } from '../store/jobs-file.ts';

/** What would run, and what it would take. */
export interface DryRun extends Forecast {
  policies: string[];
  /** Name and number of samples. */
  benchmarks: Record<string, number>;
  backend: string;
  /** `null`: the server or the recording says. */
  model: string | null;
  /** `null`: derived from the plan, which the model is a part of. */
  out: string | null;
  /** What the run would say before its first trial: answers that have less room than usual. */
  notes: string[];
  /** On the engine, where it was probed: what the run may take, and how that was found. */
  estimate?: { seconds: number; basis: string };
}

/** Longest time in milliseconds that a probe may take, the loading of the model included. */
const longestProbe = 60_000;

/**
 * No server is called and nothing is written.
 * @param probe whether the engine is started for a few short calls, so that there is a forecast of the time. A model that
 *   is not on this machine is not pulled for it
 * @throws what the run itself would throw for its names, parameters, compositions, metrics and data
 */
export async function dryRun(resolved: ResolvedConfig, { probe = false } = {}): Promise<DryRun> {
  const { config, execution } = resolved;
  await checkMetrics(resolved);
  const kind = kindOf(config.backend.name);
  await checkPolicies(config.policies, { name: config.backend.name, kind });
  const opened = await openBenchmarks(config.benchmarks);
  const model = await modelHere(config.backend);
  const { benchmarks, notes } = await fitToModel(resolved, opened, model);
  // As far as it is known without asking a server.
  const capabilities = new Set<Capability>(kind === 'api' ? ['tools'] : []);
  const samples = (
    await Promise.all(benchmarks.map((one) => foretellCalls(one, config.maxTokens, capabilities)))
  ).flat();
  // The baseline runs twice.
  const cells = (config.policies.length + 2) * (config.backends?.length ?? 1);
  const planned = cells * repeatsFor(resolved, cells * samples.length);
  const chosen = execution.jobs === null ? Number.POSITIVE_INFINITY : readJobs(execution.jobs).length;
  const times = Math.min(planned, Math.min(roomFor(resolved), chosen) / samples.length);
  const estimate = probe && model ? await estimateOf(resolved, samples.flat(), times, notes) : undefined;
  return {
    policies: ['baseline', ...config.policies.map(({ name, label }) => label ?? name)],
    benchmarks: Object.fromEntries(benchmarks.map(({ planned, played }) => [planned.name, played.samples.size])),
    backend: config.backend.name,
    model: modelName(config.backend),
    out: execution.out,
    notes,
    ...(estimate && { estimate }),
    ...forecast({
      samples,
      times,
      ...slowest(execution),
      ...(execution.requestsPerMinute !== null && { requestsPerMinute: execution.requestsPerMinute }),
      ...(execution.tokensPerMinute !== null && { tokensPerMinute: execution.tokensPerMinute }),
      ...(await pricesOf(config.backend)),
    }),
  };
}

/** A probe that fails is said and ends no dry run. */
async function estimateOf(
  { config }: ResolvedConfig,
  calls: readonly ForecastCall[],
  times: number,
  notes: string[],
): Promise<DryRun['estimate']> {
  const signal = AbortSignal.timeout(longestProbe);
  try {
    const { backend } = await openBackend(config.backend, { offline: true, signal });
    await using _backend = backend;
    const speed = await probeSpeed(backend, calls, signal);
    if (!speed) return undefined;
    const { promptMs, tokenMs, tokens } = speed;
    const [prompt, token] = [promptMs, tokenMs].map((value) => value.toPrecision(2));
    const basis = `${prompt} ms for each token of a prompt and ${token} ms for each of an answer, by ${speed.calls === 1 ? 'one short call' : `${speed.calls} short calls`} of the baseline just now (${tokens} tokens); answers as long as their limit, other policies as fast as the baseline`;
    return { seconds: secondsOf(calls, times, speed), basis };
  } catch (error) {
    notes.push(
      `no forecast of the time: ${signal.aborted ? `the probe took longer than ${longestProbe / 1000} s` : plainText((error as Error).message)}`,
    );
    return undefined;
  }
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
