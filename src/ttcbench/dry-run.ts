import type { ResolvedConfig } from '../config/index.ts';
import { type Forecast, forecast } from '../runner/forecast.ts';
import { checkMetrics } from './check-metrics.ts';
import { repeatsFor } from './load.ts';
import { openBenchmark } from './open-benchmarks.ts';

/** What a run would take, at most: nothing is called and nothing is written. */
export async function dryRun(resolved: ResolvedConfig): Promise<Forecast> {
  const { config, execution } = resolved;
  await checkMetrics(resolved);
  const benchmarks = await Promise.all(config.benchmarks.map(openBenchmark));
  // The baseline runs twice.
  const cells = config.policies.length + 2;
  const samples = benchmarks.flatMap(({ played }) => [...played.samples.values()]);
  const each = cells * repeatsFor(resolved, cells * samples.length);
  return forecast({
    promptCharacters: samples.flatMap(({ prompt }) => Array.from({ length: each }, () => prompt.length)),
    maxTokens: config.maxTokens ?? Math.max(...benchmarks.map(({ played }) => played.maxTokens)),
    ...(execution.rps !== null && { requestsPerSecond: execution.rps }),
    ...(execution.requestsPerMinute !== null && { requestsPerMinute: execution.requestsPerMinute }),
    ...(execution.tokensPerMinute !== null && { tokensPerMinute: execution.tokensPerMinute }),
    ...(await pricesOf(config.backend)),
  });
}

async function pricesOf({ name, model }: ResolvedConfig['config']['backend']) {
  if (name === 'ggml' || name === 'replay' || model === null) return {};
  const { priceOf } = await import('../client/index.ts');
  const prices = priceOf(name, model);
  return prices ? { prices } : {};
}
