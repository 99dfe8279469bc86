/** What stands around a chat backend in a run: retries, limits, budget, and when trials may start. */
import type { ResolvedConfig } from '../config/index.ts';
import type { Backend, Generate, Prices, Trial } from '../core/index.ts';
import { type Admission, closedLoop } from '../runner/admission.ts';
import { budgeted, createBudget } from '../runner/budget.ts';
import { createLimiter, limit, withRoom } from '../runner/limit.ts';
import { openLoop } from '../runner/open-loop.ts';
import { retry } from '../runner/retry.ts';

export interface ClientLoad {
  /** `retry(limit(budgeted(generate)))`: policies go around this. */
  wrap(generate: Generate): Generate;
  admission: Admission;
  enough(): string | undefined;
}

/** @param earlier trials of a resumed run: what they cost counts */
export function createClientLoad(
  { config, execution }: ResolvedConfig,
  prices: Prices | undefined,
  earlier: Iterable<Trial>,
): ClientLoad {
  const { rps, duration, maxCost, maxTokensTotal } = execution;
  const limiter = createLimiter();
  const budget = createBudget({
    ...(maxCost !== null && { maxCost }),
    ...(maxTokensTotal !== null && { maxTokens: maxTokensTotal }),
    ...(prices && { prices }),
  });
  for (const { counters } of earlier) for (const record of counters.calls) budget.spend(record);
  const loop = rps === null ? undefined : openLoop({ rps, seed: config.seed, ...(duration !== null && { duration }) });
  return {
    wrap: (generate) => retry(limit(budgeted(generate, budget), limiter)),
    admission: loop ?? withRoom(closedLoop(config.concurrency), limiter),
    enough: () => loop?.enough() ?? limiter.enough() ?? budget.enough(),
  };
}

/** With a rate and a duration the samples are played again until the plan holds enough trials. */
export function repeatsFor({ config, execution }: ResolvedConfig, trialsPerRepeat: number): number {
  const { rps, duration } = execution;
  if (rps === null || duration === null) return config.repeats;
  return Math.max(config.repeats, Math.ceil((rps * duration) / trialsPerRepeat));
}

/** Backends that speak to a chat API. */
export const isClient = (backend: Backend): boolean => backend.realise === undefined;
