/** What a trial costs in calls, CPU and money. */
import { costOf, type Metric, type Prices, type Trial, type Usage } from '../core/index.ts';
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

const cost = (trial: Trial, prices: Prices) => total(billed(trial).map((usage) => costOf(usage, prices)));

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
    inBlocks: 'summed',
    column: {
      ...{ title: 'CPU ×', show: 'verdict', order: 210, shortAt: 45, dropAt: 105, only: 'engine' },
      about:
        "CPU seconds of the engine's process, divided by the baseline's. Other programs disturb them less than times. The policy's own work counts, the building of graphs does not. Where trials are offered together: of whole blocks.",
    },
    of: ({ counters: { sums } }) => seconds(sums.call_cpu_ms),
  },
  {
    ...shared,
    name: 'engine_cpu_seconds',
    unit: 's',
    about: "CPU time of the engine's passes charged to the trial's rows: without sampling and the policy's own work.",
    missing: 'the work is done elsewhere, by a server',
    inBlocks: 'summed',
    of: ({ counters: { sums } }) => seconds(sums.cpu_ms),
  },
  {
    ...shared,
    name: 'cost_usd',
    unit: 'usd',
    about: 'Price of all inner calls, cancelled ones included; only where prices are known.',
    missing: 'no price is known for the model',
    column: {
      ...{ title: 'cost ×', show: 'verdict', order: 215, shortAt: 45, dropAt: 105, only: 'client' },
      about: 'Price of all calls as a ratio to the baseline; only where prices are known.',
    },
    of: (trial, { prices }) => (prices && trial.turns.length > 0 ? cost(trial, prices) : undefined),
  },
  {
    ...shared,
    name: 'calls',
    unit: 'count',
    about: 'Inner calls that were sent, retries and cancelled ones included; one a turn on the engine.',
    missing: 'no call was sent',
    column: {
      ...{ title: 'calls ×', show: 'ratio', order: 440, dropAt: 20, only: 'client' },
      about: 'Inner calls, cancelled ones included, against the baseline.',
    },
    of: (trial) => Math.max(trial.counters.calls.length, trial.turns.length) || undefined,
  },
  {
    ...{ group: 'cost', unit: 'count', better: 'neither' },
    name: 'turns',
    about: 'Calls that the benchmark made; a policy may make several inner calls for one of them.',
    missing: 'no call was made',
    of: ({ turns }) => turns.length || undefined,
  },
  {
    ...{ group: 'cost', unit: 'count', better: 'neither' },
    name: 'actions',
    about: 'Actions (queries, tools) between the calls.',
    missing: 'no call was made',
    column: { title: 'actions', show: 'mean', order: 460, dropAt: 25, aboveZero: true },
    of: ({ turns, actions = [] }) => (turns.length === 0 ? undefined : actions.length),
  },
];
