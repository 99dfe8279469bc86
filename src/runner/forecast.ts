/** What a run will take before it starts: for `--dry-run`. Bounds, not guesses: answers may be shorter. */
import type { Message, Prices } from '../core/index.ts';

/** One call as a benchmark makes it. */
export interface ForecastCall {
  messages: readonly Message[];
  /** Completion tokens at most. */
  maxTokens: number;
}

export interface ForecastOptions {
  /** Samples of the plan, and the calls of each played once. */
  samples: readonly (readonly ForecastCall[])[];
  /** How often each sample is played: cells × repeats; a fraction where a rate and a duration end the last round. */
  times: number;
  prices?: Prices;
  /** Limits and load, where given. */
  requestsPerSecond?: number;
  requestsPerMinute?: number;
  tokensPerMinute?: number;
}

export interface Forecast {
  trials: number;
  /** As the benchmark makes them: over an API a policy may make more. */
  calls: number;
  /** Estimated, see `promptTokensOf`. */
  promptTokens: number;
  /** At most. */
  completionTokens: number;
  cost?: number;
  /** By limits and rate alone; absent where there are none. */
  secondsAtLeast?: number;
}

/** Characters of English text and of JSON that a token holds, and what a chat template puts around a message. */
const charactersPerToken = 3.5;
const tokensAroundMessage = 6;

/** An estimate without the model's tokenizer, over every message of a call: system text and examples included. */
export const promptTokensOf = (messages: readonly Message[]): number =>
  messages.reduce((sum, { content }) => sum + Math.ceil(content.length / charactersPerToken) + tokensAroundMessage, 0);

export function forecast({ samples, times, prices, ...load }: ForecastOptions): Forecast {
  const once = samples.flat();
  const sumOf = (value: (call: ForecastCall) => number) =>
    Math.ceil(times * once.reduce((sum, call) => sum + value(call), 0));
  const trials = Math.round(times * samples.length);
  const calls = Math.ceil(times * once.length);
  const promptTokens = sumOf(({ messages }) => promptTokensOf(messages));
  const completionTokens = sumOf(({ maxTokens }) => maxTokens);
  const seconds = [
    load.requestsPerSecond && calls / load.requestsPerSecond,
    load.requestsPerMinute && (60 * calls) / load.requestsPerMinute,
    load.tokensPerMinute && (60 * promptTokens) / load.tokensPerMinute,
  ].filter((value) => value !== undefined && value > 0) as number[];
  return {
    ...{ trials, calls, promptTokens, completionTokens },
    ...(prices && { cost: (promptTokens * prices.prompt + completionTokens * prices.completion) / 1e6 }),
    ...(seconds.length > 0 && { secondsAtLeast: Math.max(...seconds) }),
  };
}
