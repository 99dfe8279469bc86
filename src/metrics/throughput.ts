/** Tokens, and how many of them a second brings. */
import type { Metric, Trial } from '../core/index.ts';
import { remember } from './remember.ts';
import { busyTime, completionTokens, promptTokens, ratio, serverTime, sumOf, total, totalTokens } from './turns.ts';

const perSecond = (tokens: number | undefined, milliseconds: number | undefined) =>
  ratio(tokens, milliseconds === undefined ? undefined : milliseconds / 1000);

/** Calls know what they wrote, cancelled ones included; the engine knows its drafts. */
function wastedTokens(trial: Trial): number | undefined {
  const { calls, sums } = trial.counters;
  // The token that ends an answer has no text, and is no waste.
  const written = calls.flatMap(({ usage }) => (usage ? usage.completion - (usage.endToken ? 1 : 0) : []));
  const delivered = completionTokens(trial);
  if (written.length > 0 && delivered !== undefined) return Math.max(0, total(written) - delivered);
  return sums.drafted === undefined ? undefined : sums.drafted - (sums.accepted ?? 0);
}

const words = (text: string) => text.split(/\s+/).filter((word) => word !== '').length;
const wordsOfReference = remember((_, reference) => words(reference));
const lengthRatio = remember((prediction, reference) => ({
  value: ratio(words(prediction), wordsOfReference('', reference)),
}));

const rate = { group: 'throughput', unit: 'tokens/s', better: 'more', inBlocks: 'not compared' } as const;
const count = { group: 'throughput', unit: 'tokens', better: 'neither' } as const;

export const throughputMetrics: readonly Metric[] = [
  {
    ...rate,
    name: 'throughput',
    about: 'Completion tokens per second of the time in which a call was under way, the prompt included.',
    missing: 'no call ended, or trials share a block and no block is whole',
    inBlocks: 'rate',
    column: {
      ...{ title: 'tokens/s', show: 'mean', order: 300, dropAt: 80 },
      about:
        'Completion tokens per second, the prompt included; those of a whole block where trials are offered at once.',
    },
    of: (trial) => perSecond(completionTokens(trial), busyTime(trial)),
  },
  {
    ...rate,
    name: 'effective_throughput',
    about:
      "Completion tokens per second of engine time charged to the trial's rows: wall time of the engine's passes, without sampling, the policy's own work and the building of graphs.",
    missing: 'no engine time is charged',
    of: (trial) => perSecond(completionTokens(trial), trial.counters.sums.engine_ms),
  },
  {
    ...rate,
    name: 'server_throughput',
    about: 'Completion tokens per second of the time the server says it spent on writing them.',
    missing: 'no server says how long answers took',
    of: (trial) => perSecond(completionTokens(trial), serverTime(trial, 'completion')),
  },
  {
    ...count,
    name: 'total_tokens',
    about: 'Prompt and completion tokens together.',
    missing: 'tokens were not counted',
    column: {
      ...{ title: 'tokens ×', show: 'ratio', order: 450, dropAt: 70, only: 'client' },
      about: 'Prompt and completion tokens, against the baseline.',
    },
    of: totalTokens,
  },
  {
    ...count,
    name: 'prompt_tokens',
    about: 'Tokens of the prompts of all inner calls.',
    missing: 'tokens were not counted',
    of: promptTokens,
  },
  {
    ...count,
    name: 'completion_tokens',
    about: 'Tokens that reached the answer, reasoning included.',
    missing: 'tokens were not counted',
    of: completionTokens,
  },
  {
    ...count,
    name: 'reasoning_tokens',
    about: 'Completion tokens spent on reasoning, as the server counts them.',
    missing: 'no server counts reasoning',
    of: (trial) => sumOf(trial, (turn) => turn.reasoning_tokens),
  },
  {
    ...count,
    name: 'cached_tokens',
    better: 'more',
    about: "Prompt tokens that came out of a prefix cache, the server's or the engine's.",
    missing: 'no server counts cached tokens',
    of: (trial) => sumOf(trial, (turn) => turn.cached_tokens),
  },
  {
    group: 'throughput',
    unit: 'ratio',
    better: 'neither',
    name: 'cached_share',
    about: "Share of the prompt tokens that came out of a prefix cache, the server's or the engine's.",
    missing: 'no server counts cached tokens',
    column: { title: 'cached', show: 'percent', order: 340, dropAt: 35, only: 'client', aboveZero: true },
    of: (trial) =>
      ratio(
        sumOf(trial, (turn) => turn.cached_tokens),
        promptTokens(trial),
      ),
  },
  {
    ...count,
    name: 'wasted_tokens',
    better: 'less',
    about:
      'Tokens that were paid for and are not in the answer: of drafts, probes, grades and cancelled calls; on the engine, rejected drafts.',
    missing: 'nothing is drafted and no call says what it wrote',
    of: wastedTokens,
  },
  {
    group: 'throughput',
    unit: 'ratio',
    better: 'neither',
    name: 'length_ratio',
    about: 'Words of the answer over words of the reference, a word being what stands between whitespace.',
    missing: 'the reference has no words',
    of: ({ answer }, { sample }) => (answer ? lengthRatio(answer.text, sample.reference).value : undefined),
  },
];
