/** What bounds a run: limits on cost and tokens, and against a chat API retries, rates and when trials may start. */
import { defaultTimeouts, type Timeouts } from '../client/deadline.ts';
import type { ResolvedConfig } from '../config/index.ts';
import { type Backend, type Generate, type Prices, type Stop, type Trial, TtcError } from '../core/index.ts';
import { type Admission, closedLoop } from '../pacing/admission.ts';
import { budgeted, createBudget } from '../pacing/budget.ts';
import { limit, withRoom } from '../pacing/limit.ts';
import { createLimiter, type Limiter } from '../pacing/limiter.ts';
import { type OpenLoop, openLoop } from '../pacing/open-loop.ts';
import { retry } from '../pacing/retry.ts';

export interface Load {
  /** Against an API, `retry(limit(budgeted(generate)))`: policies go around this. */
  wrap?(generate: Generate): Generate;
  /** Against an API. On the engine blocks decide. */
  admission?: Admission;
  /** For `RunOptions.enough`. */
  enough(): Stop | undefined;
  /** A trial was played. */
  played?(trial: Trial): void;
  /** Against an API. */
  limiter?: Limiter;
  /** Against an API: counts the calls of a trial that was played elsewhere, where `wrap` did not see them. */
  pay?(trial: Trial): void;
}

const tokensOf = ({ turns }: Trial) =>
  turns.reduce((sum, turn) => sum + turn.prompt_tokens + turn.completion_tokens, 0);

/** The engine costs no money: only its tokens are counted. */
export function createEngineLoad({ execution }: ResolvedConfig, earlier: Iterable<Trial>): Load {
  const { maxTokensTotal } = execution;
  let tokens = 0;
  const played = (trial: Trial) => {
    tokens += tokensOf(trial);
  };
  for (const trial of earlier) played(trial);
  return {
    played,
    enough: () =>
      maxTokensTotal !== null && tokens >= maxTokensTotal
        ? { code: 'max_tokens_total', limit: maxTokensTotal, spent: tokens }
        : undefined,
  };
}

/** Before there is a run folder. @throws E_ARGUMENT for a limit on a cost that is not known */
export function checkCost({ execution }: ResolvedConfig, backend: Backend, prices: Prices | undefined): void {
  if (execution.maxCost === null || prices || !isClient(backend)) return;
  throw new TtcError('E_ARGUMENT', '--max-cost: no price of this model is known, so its cost cannot be bounded', {
    help: 'use --max-tokens-total',
  });
}

/** @param earlier all trials that a resumed run has played, those that were played anew since included: they were paid */
export function createClientLoad(
  { config, execution }: ResolvedConfig,
  prices: Prices | undefined,
  earlier: Iterable<Trial>,
): Load {
  const { requestsPerSecond, requestsPerMinute, tokensPerMinute, maxCost, maxTokensTotal } = execution;
  const limiter = createLimiter({
    ...(requestsPerSecond !== null && { requestsPerSecond }),
    ...(requestsPerMinute !== null && { requestsPerMinute }),
    ...(tokensPerMinute !== null && { tokensPerMinute }),
  });
  const budget = createBudget({
    ...(maxCost !== null && { maxCost }),
    ...(maxTokensTotal !== null && { maxTokens: maxTokensTotal }),
    ...(prices && { prices }),
  });
  const pay = ({ counters }: Trial) => counters.calls.forEach(budget.spend);
  for (const trial of earlier) pay(trial);
  const loop = loopOf({ config, execution });
  return {
    wrap: (generate) => retry(limit(budgeted(generate, budget), limiter)),
    ...{ limiter, pay },
    admission: loop ?? withRoom(closedLoop(config.concurrency), limiter),
    enough: () => loop?.enough() ?? limiter.enough() ?? budget.enough(),
  };
}

/**
 * With random arrivals `duration` does not end the run by the clock: the plan already holds rate × duration trials, and
 * the last of them may arrive somewhat earlier or later than the duration.
 */
function loopOf({ config, execution }: Pick<ResolvedConfig, 'config' | 'execution'>): OpenLoop | undefined {
  const { rps, arrivals, duration } = execution;
  if (rps === null) return undefined;
  const ends = arrivals === 'constant' && duration !== null;
  return openLoop({ rps, arrivals, seed: config.seed, ...(ends && { duration }) });
}

/** With a rate and a duration the samples are played again until the plan holds enough trials. */
export function repeatsFor({ config, execution }: ResolvedConfig, trialsPerRepeat: number): number {
  const { rps, duration } = execution;
  if (rps === null || duration === null) return config.repeats;
  return Math.max(config.repeats, Math.ceil((rps * duration) / trialsPerRepeat));
}

/** Trials that a rate and a duration have room for: those whose time on the schedule, i / rps, lies within it. */
export function roomFor({ execution: { rps, duration } }: ResolvedConfig): number {
  return rps === null || duration === null ? Number.POSITIVE_INFINITY : Math.ceil(rps * duration);
}

/** Backends that speak to a chat API. */
export const isClient = (backend: Backend): boolean => backend.kind !== 'engine';

/** Timeouts of calls in milliseconds, those that are set. None ends a call that its trial would still wait for. */
export function timeoutsOf({ config, execution }: ResolvedConfig): Partial<Timeouts> {
  const set = Object.entries(execution.timeouts).filter(([, seconds]) => seconds !== null);
  const longest = Math.max(...config.benchmarks.map(({ timeout }) => timeout));
  return {
    ...Object.fromEntries(set.map(([phase, seconds]) => [phase, (seconds as number) * 1000])),
    total: Math.max(defaultTimeouts.total, longest * 1000),
  };
}
