import type { Usage } from './call.ts';
import type { Prices } from './metric.ts';

/** US dollars of these tokens. Cached prompt tokens have their own price where the provider has one. */
export function costOf(usage: Pick<Usage, 'prompt' | 'completion' | 'cached'>, prices: Prices): number {
  // Some servers count the cached tokens of other calls, too.
  const cached = Math.min(usage.cached ?? 0, usage.prompt);
  const perMillion =
    (usage.prompt - cached) * prices.prompt +
    cached * (prices.cached ?? prices.prompt) +
    usage.completion * prices.completion;
  return perMillion / 1e6;
}
