import { checkMetrics } from '../assembly/check-metrics.ts';
import { repeatsFor, roomFor } from '../assembly/limits.ts';
import { type OpenedBenchmark, openBenchmark } from '../assembly/open-benchmarks.ts';
import { checkPolicies } from '../assembly/planned-policies.ts';
import { kindOf } from '../backends/index.ts';
import type { ResolvedConfig } from '../config/index.ts';
import { type Capability, type Session, TtcError } from '../core/index.ts';
import { type Forecast, type ForecastCall, forecast } from '../runner/forecast.ts';

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
  const benchmarks = await Promise.all(config.benchmarks.map(openBenchmark));
  // As far as it is known without asking a server.
  const capabilities = new Set<Capability>(kind === 'api' ? ['tools'] : []);
  const samples = (await Promise.all(benchmarks.map((one) => callsOf(one, config.maxTokens, capabilities)))).flat();
  // The baseline runs twice.
  const cells = config.policies.length + 2;
  return {
    policies: ['baseline', ...config.policies.map(({ name, label }) => label ?? name)],
    benchmarks: Object.fromEntries(benchmarks.map(({ planned, played }) => [planned.name, played.samples.size])),
    backend: config.backend.name,
    model: config.backend.model,
    out: execution.out,
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

/** Plays each sample against a listener in the model's place: what is asked, and within which limit. */
async function callsOf(
  { played }: OpenedBenchmark,
  maxTokens: number | null,
  capabilities: Session['capabilities'],
): Promise<ForecastCall[][]> {
  const most = maxTokens ?? played.maxTokens;
  const samples: ForecastCall[][] = [];
  for (const sample of played.samples.values()) {
    const calls: ForecastCall[] = [];
    await played.open.play(sample, listener(calls, most, capabilities)).catch((error) => {
      // Silence may be no answer to go on with: what was asked until then counts.
      if (!(error instanceof TtcError)) throw error;
    });
    samples.push(calls);
  }
  return samples;
}

/** A session in which the model says nothing; actions run, for the next call may depend on what they give. */
function listener(calls: ForecastCall[], most: number, capabilities: Session['capabilities']): Session {
  const { signal } = new AbortController();
  return {
    signal,
    capabilities,
    async ask(messages, { maxTokens = most, tools } = {}) {
      calls.push({ messages, maxTokens: Math.min(most, maxTokens), ...(tools && { tools }) });
      return { text: '', reasoning: '', toolCalls: [], reason: 'stop' };
    },
    act: async (_, __, run) => run(signal),
  };
}

async function pricesOf({ name, model }: ResolvedConfig['config']['backend']) {
  if (kindOf(name) !== 'api' || model === null) return {};
  const { priceOf } = await import('../client/index.ts');
  const prices = priceOf(name, model);
  return prices ? { prices } : {};
}
