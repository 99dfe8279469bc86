/** What a run will take before it starts: for `--dry-run`. Bounds, not guesses: answers may be shorter. */
import type { Prices } from '../core/index.ts';

export interface ForecastOptions {
  /** Characters of each trial's prompt, one per trial of the plan. */
  promptCharacters: readonly number[];
  maxTokens: number;
  /** Calls per trial at most. @default 1 */
  callsPerTrial?: number;
  prices?: Prices;
  /** Limits and load, where given. */
  requestsPerSecond?: number;
  requestsPerMinute?: number;
  tokensPerMinute?: number;
}

export interface Forecast {
  trials: number;
  /** At most, like all that follows but `secondsAtLeast`. */
  calls: number;
  promptTokens: number;
  completionTokens: number;
  cost?: number;
  /** By limits and rate alone; absent where there are none. */
  secondsAtLeast?: number;
}

export function forecast(options: ForecastOptions): Forecast {
  const { promptCharacters, maxTokens, callsPerTrial = 1, prices } = options;
  const trials = promptCharacters.length;
  const calls = trials * callsPerTrial;
  const perTrial = promptCharacters.map((characters) => Math.ceil(characters / 4) + 4);
  const promptTokens = callsPerTrial * perTrial.reduce((sum, tokens) => sum + tokens, 0);
  const completionTokens = calls * maxTokens;
  const seconds = [
    options.requestsPerSecond && calls / options.requestsPerSecond,
    options.requestsPerMinute && (60 * calls) / options.requestsPerMinute,
    options.tokensPerMinute && (60 * promptTokens) / options.tokensPerMinute,
  ].filter((value) => value !== undefined && value > 0) as number[];
  return {
    ...{ trials, calls, promptTokens, completionTokens },
    ...(prices && { cost: (promptTokens * prices.prompt + completionTokens * prices.completion) / 1e6 }),
    ...(seconds.length > 0 && { secondsAtLeast: Math.max(...seconds) }),
  };
}
