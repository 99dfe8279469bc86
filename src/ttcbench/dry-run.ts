import { checkMetrics } from '../assembly/check-metrics.ts';
import { fitToModel, modelHere } from '../assembly/fit-model.ts';
import { foretellCalls } from '../assembly/foretell-calls.ts';
import { repeatsFor, roomFor } from '../assembly/limits.ts';
import { openBenchmarks } from '../assembly/open-benchmarks.ts';
import { checkPolicies } from '../assembly/planned-policies.ts';
import { kindOf } from '../backends/index.ts';
import type { ResolvedConfig } from '../config/index.ts';
import type { Capability } from '../core/index.ts';
import { type Forecast, forecast } from '../runner/forecast.ts';

/** What would run, and what it would take. */
export interface DryRun extends Forecast {
  policies: string[];
  /** Name and number of samples. */
  benchmarks: Record<string, number>;
  backend: string;
  /** `null`: the backend's own choice. */
  model: string | null;
  /** `null`: derived from the plan, which the model is a part of. */
  out: string | null;
  /** What the run would say before its first trial: answers that have less room than usual. */
  notes: string[];
}

/**
 * Nothing is called and nothing is written.
 * @throws what the run itself would throw for its names, parameters, compositions, metrics and data
 */
export async function dryRun(resolved: ResolvedConfig): Promise<DryRun> {
  const { config, execution } = resolved;
  await checkMetrics(resolved);
  const kind = kindOf(config.backend.name);
  await checkPolicies(config.policies, { name: config.backend.name, kind });
  const opened = await openBenchmarks(config.benchmarks);
  const { benchmarks, notes } = await fitToModel(resolved, opened, await modelHere(config.backend));
  // As far as it is known without asking a server.
  const capabilities = new Set<Capability>(kind === 'api' ? ['tools'] : []);
  const samples = (
    await Promise.all(benchmarks.map((one) => foretellCalls(one, config.maxTokens, capabilities)))
  ).flat();
  // The baseline runs twice.
  const cells = (config.policies.length + 2) * (config.backends?.length ?? 1);
  return {
    policies: ['baseline', ...config.policies.map(({ name, label }) => label ?? name)],
    benchmarks: Object.fromEntries(benchmarks.map(({ planned, played }) => [planned.name, played.samples.size])),
    backend: config.backend.name,
    model: config.backend.model,
    out: execution.out,
    notes,
    ...forecast({
      samples,
      times: Math.min(cells * repeatsFor(resolved, cells * samples.length), roomFor(resolved) / samples.length),
      ...slowest(execution),
      ...(execution.requestsPerMinute !== null && { requestsPerMinute: execution.requestsPerMinute }),
      ...(execution.tokensPerMinute !== null && { tokensPerMinute: execution.tokensPerMinute }),
      ...(await pricesOf(config.backend)),
    }),
  };
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
