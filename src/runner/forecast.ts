/** What a run will take before it starts: for `--dry-run`. Bounds, not guesses: answers may be shorter. */
import { type Call, type Prices, promptCharacters } from '../core/index.ts';

/** One call as a benchmark makes it. */
export interface ForecastCall extends Pick<Call, 'messages' | 'tools'> {
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

/** An estimate without the model's tokenizer, over all that a call sends: system text, examples, tools. */
export const promptTokensOf = (call: Pick<Call, 'messages' | 'tools'>): number =>
  Math.ceil(promptCharacters(call) / charactersPerToken) + tokensAroundMessage * call.messages.length;

export function forecast({ samples, times, prices, ...load }: ForecastOptions): Forecast {
  const once = samples.flat();
  const sumOf = (value: (call: ForecastCall) => number) =>
    Math.ceil(times * once.reduce((sum, call) => sum + value(call), 0));
  const trials = Math.round(times * samples.length);
  const calls = Math.ceil(times * once.length);
  const promptTokens = sumOf(promptTokensOf);
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
