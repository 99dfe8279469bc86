/** What a trial costs in calls, CPU and money. */
import type { Metric, Prices, Trial, Usage } from '../core/index.ts';
import { total } from './turns.ts';

/** Everything that is billed: all inner calls, cancelled ones included; the turns' own counts where no call has any. */
function billed(trial: Trial): Pick<Usage, 'prompt' | 'completion' | 'cached'>[] {
  const usages = trial.counters.calls.flatMap((call) => call.usage ?? []);
  if (usages.length > 0) return usages;
  return trial.turns.map((turn) => ({
    prompt: turn.prompt_tokens,
    completion: turn.completion_tokens,
    ...(turn.cached_tokens !== undefined && { cached: turn.cached_tokens }),
  }));
}

function cost(trial: Trial, prices: Prices): number {
  const million = billed(trial).map(({ prompt, completion, cached: said = 0 }) => {
    // Some servers count cached tokens of other calls, too.
    const cached = Math.min(said, prompt);
    const fresh = (prompt - cached) * prices.prompt;
    return fresh + cached * (prices.cached ?? prices.prompt) + completion * prices.completion;
  });
  return total(million) / 1e6;
}

const seconds = (milliseconds: number | undefined) => (milliseconds === undefined ? undefined : milliseconds / 1000);

const shared = { group: 'cost', better: 'less' } as const;

export const costMetrics: readonly Metric[] = [
  {
    ...shared,
    name: 'cpu_seconds',
    unit: 's',
    about:
      "CPU time of the engine's process over the whole call, the policy's own included, without building graphs; calls that share the process divide what the engine did not charge to their rows.",
    missing: 'the work is done elsewhere, by a server',
    of: ({ counters: { sums } }) => seconds(sums.call_cpu_ms),
  },
  {
    ...shared,
    name: 'engine_cpu_seconds',
    unit: 's',
    about: "CPU time of the engine's passes charged to the trial's rows: without sampling and the policy's own work.",
    missing: 'the work is done elsewhere, by a server',
    of: ({ counters: { sums } }) => seconds(sums.cpu_ms),
  },
  {
    ...shared,
    name: 'cost_usd',
    unit: 'usd',
    about: 'Price of all inner calls, cancelled ones included; only where prices are known.',
    missing: 'no price is known for the model',
    of: (trial, { prices }) => (prices && trial.turns.length > 0 ? cost(trial, prices) : undefined),
  },
  {
    ...shared,
    name: 'calls',
    unit: 'count',
    about: 'Inner calls that were sent, retries and cancelled ones included; one a turn on the engine.',
    missing: 'no call was sent',
    of: (trial) => Math.max(trial.counters.calls.length, trial.turns.length) || undefined,
  },
];
