/** How long the user waits. All from the intended send, so a late client cannot make itself look fast. */
import type { Metric, Trial, Turn } from '../core/index.ts';
import { completionTokens, generationTime, serverTime, sumOf, total } from './turns.ts';

/**
 * Share of the completion that came as text. The rest was charged and never streamed: reasoning that the server kept
 * back, and the token that ends an answer, which some servers count and some do not.
 */
function streamedShare({ counters }: Trial): number {
  const usages = counters.calls.flatMap(({ outcome, usage }) => (outcome === 'ok' && usage ? [usage] : []));
  const completion = total(usages.map((usage) => usage.completion));
  const streamed = total(usages.map((usage) => usage.streamed ?? usage.completion));
  return completion > 0 ? streamed / completion : 1;
}

/** From the first to the last part of the turns with a gap to measure: at least two tokens in at least two parts. */
function averageTokenLatency(trial: Trial): number | undefined {
  const share = streamedShare(trial);
  let [waited, gaps] = [0, 0];
  for (const { at, tokens, completion_tokens } of trial.turns) {
    // What the parts brought, or the count of the source where they do not tell.
    const streamed = tokens.includes(0) ? share * completion_tokens : total(tokens);
    if (at.length < 2 || streamed <= 1) continue;
    waited += (at.at(-1) as number) - (at[0] as number);
    gaps += streamed - 1;
  }
  return gaps > 0 ? waited / gaps : undefined;
}

/**
 * Gaps before every token but a turn's first: tokens that arrive together wait once, then not at all. Where nobody says
 * how many tokens a part brought, each event of the server's stream is taken for one.
 */
function addTokenGaps({ at, tokens, events }: Turn, gaps: number[]): void {
  for (let i = 1; i < at.length; i++) {
    gaps.push((at[i] as number) - (at[i - 1] as number));
    const together = tokens[i] || (events?.[i] ?? 1);
    for (let more = 1; more < together; more++) gaps.push(0);
  }
}

/** The smallest gap that at least 99 % of the gaps do not exceed (nearest rank: the value is a gap that was seen). */
function gapPercentile(trial: Trial): number | undefined {
  const gaps: number[] = [];
  for (const turn of trial.turns) addTokenGaps(turn, gaps);
  const rank = Math.ceil(0.99 * gaps.length);
  // Up to a hundred gaps it is the longest, which needs no sorting.
  if (rank === gaps.length) return gaps.length === 0 ? undefined : gaps.reduce((a, b) => Math.max(a, b));
  return Float64Array.from(gaps).sort()[rank - 1];
}

function ownTime({ counters: { sums } }: Trial): number | undefined {
  return sums.active_ms === undefined ? undefined : sums.active_ms - (sums.forward_ms ?? 0) - (sums.queue_ms ?? 0);
}

const shared = { group: 'latency', unit: 'ms', better: 'less', inBlocks: 'not compared' } as const;

export const latencyMetrics: readonly Metric[] = [
  {
    ...shared,
    name: 'first_token_latency',
    about: 'Time to the first token of any channel, in the first turn.',
    missing: 'no token came',
    column: {
      ...{ title: 'first token ms', show: 'mean', order: 330, dropAt: 40 },
      about: 'Mean time to the first token in milliseconds.',
    },
    of: (trial) => trial.turns[0]?.at[0],
  },
  {
    ...shared,
    name: 'first_answer_latency',
    about: 'Time to the first token of the answer channel, reasoning left out, in the first turn.',
    missing: 'no token of the answer came',
    of: (trial) => trial.turns[0]?.first_answer,
  },
  {
    ...shared,
    name: 'avg_token_latency',
    about:
      'Time from the first to the last token over the number of tokens that came as text less one: reasoning that the server kept back and the token that ends an answer are none of them.',
    missing: 'no answer has two tokens that came apart',
    of: averageTokenLatency,
  },
  {
    ...shared,
    name: 'inter_token_p99',
    about: 'Longest gap before a token once the worst 1 % are left out; tokens that arrive together have no gap.',
    missing: 'no answer came in two parts',
    of: gapPercentile,
  },
  {
    ...shared,
    name: 'generation_time',
    about: 'Time from the first intended send to the end of the last call, what lies between calls included.',
    missing: 'no call ended',
    inBlocks: 'makespan',
    column: {
      ...{ title: 'time ×', show: 'verdict', order: 200, shortAt: 90 },
      about:
        "Time to the end of the answer as a ratio of means to the baseline: below 1 is faster. Where trials are offered at once: from the offer of a block to its last answer, over the sum of the baseline's times for the same samples.",
    },
    of: generationTime,
  },
  {
    ...shared,
    name: 'wall_time',
    about: 'Time from the first intended send to the end of the trial: calls, actions and what lies between.',
    missing: 'no call was made, or the run is of a version that did not write it down',
    of: (trial) => trial.wall_ms,
  },
  {
    ...shared,
    name: 'action_time',
    about: "Time of the trial's actions (queries, tools), added up.",
    missing: 'no call was made',
    of: ({ turns, actions = [] }) =>
      turns.length === 0 ? undefined : total(actions.map(({ start, end }) => end - start)),
  },
  {
    ...shared,
    name: 'queue_time',
    about: "Time the calls waited before they were taken up: by the server, as it says, or into the engine's batch.",
    missing: 'neither a server nor a batch says how long calls waited',
    of: (trial) => serverTime(trial, 'queue') ?? trial.counters.sums.queue_ms,
  },
  {
    ...shared,
    name: 'prompt_time',
    about: 'Time the server says it spent on the prompts.',
    missing: 'no server says how long prompts took',
    of: (trial) => serverTime(trial, 'prompt'),
  },
  {
    ...shared,
    name: 'policy_overhead',
    about:
      "Wall time inside the policy that was not spent waiting for the engine or in its batch's queue. What a policy computes while a pass of its own is pending counts as waiting: `cpu_seconds` holds that work, too.",
    missing: 'the engine does not run the policy',
    of: ownTime,
  },
  {
    ...shared,
    name: 'send_slip',
    about: 'How much later than intended calls were sent, summed over turns; it is part of every other time.',
    missing: 'no call ended',
    of: (trial) => (completionTokens(trial) === undefined ? undefined : sumOf(trial, (turn) => turn.sent)),
  },
];
