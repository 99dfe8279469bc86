/** What a request cost, by the engine's own count. */
import { type Counters, elapsed } from '../core/index.ts';
import type { UsageFacts } from '../wire/index.ts';

/** How a request ended. `refused`: before it reached the model. */
export type Outcome = 'ok' | 'cancelled' | 'failed' | 'refused';

/** A line of the books. Times in milliseconds. */
export interface Entry {
  /** When the request came, ISO 8601. */
  at: string;
  /** The answer's id, as its client has it; null where it was refused. */
  id: string | null;
  model: string | null;
  outcome: Outcome;
  status: number;
  /** Of the error, where there was one. */
  code: string | null;
  stream: boolean;
  answers: number;
  prompt_tokens: number;
  completion_tokens: number;
  /** Of the answer, those that were written to the client: fewer than the engine gave where it left. */
  sent_tokens: number;
  accepted_prediction_tokens: number;
  rejected_prediction_tokens: number;
  queue_ms: number;
  first_ms: number | null;
  total_ms: number;
}

/** Times of a request on the machine's monotonic clock. */
export interface Times {
  received: bigint;
  first?: bigint;
  last?: bigint;
}

/**
 * @param counters of each answer to the request: the prompt is one, though each answer reads it
 * @param predicted whether the request brought a prediction
 */
export function usageOf(counters: readonly Counters[], times: Times, predicted: boolean): UsageFacts {
  const sum = (name: string) => counters.reduce((all, { sums }) => all + (sums[name] ?? 0), 0);
  const most = (name: string) => Math.max(0, ...counters.map(({ sums }) => sums[name] ?? 0));
  const least = (name: string) => Math.min(...counters.map(({ sums }) => sums[name] ?? 0));
  const { received, first, last } = times;
  const queueTime = least('queue_ms');
  const accepted = sum('accepted');
  return {
    prompt: most('prompt_tokens'),
    completion: sum('completion_tokens'),
    reasoning: 0,
    ...(predicted && { prediction: { accepted, rejected: sum('drafted') - accepted } }),
    queueTime,
    promptTime: first === undefined ? 0 : Math.max(0, elapsed(received, first) - queueTime),
    completionTime: first === undefined || last === undefined ? 0 : elapsed(first, last),
  };
}
