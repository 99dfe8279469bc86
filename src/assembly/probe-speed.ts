/** How fast the engine is with a model, found by a few short calls: for the forecast of `--dry-run`. */
import { type Backend, type Call, createMeter, elapsed, now } from '../core/index.ts';
import { type ForecastCall, promptTokensOf } from '../runner/forecast.ts';

/** What the baseline was seen to take. */
export interface Speed {
  /** Milliseconds for each token of a prompt, as `promptTokensOf` estimates them. */
  promptMs: number;
  /** Milliseconds for each token of an answer after the first. */
  tokenMs: number;
  /** Calls that were timed, and what they held. */
  calls: number;
  promptTokens: number;
  tokens: number;
}

/** Tokens that a probed answer may have, and how many of them all calls together should give. */
const probedTokens = 17;
const enoughTokens = 16;
/** A model may end its answers at once: then the next prompt is tried, up to so many. */
const mostCalls = 4;

/**
 * Plays calls of the middle length under the baseline, the first of them once before for the graphs.
 * @returns undefined where the model gave too few tokens to be timed
 */
export async function probeSpeed(
  backend: Pick<Backend, 'generate'>,
  calls: readonly ForecastCall[],
  signal: AbortSignal,
): Promise<Speed | undefined> {
  const byLength = [...calls].sort((a, b) => promptTokensOf(a) - promptTokensOf(b));
  const middle = Math.floor(Math.max(0, byLength.length - mostCalls) / 2);
  const seen = { promptMs: 0, tokenMs: 0, calls: 0, promptTokens: 0, tokens: 0 };
  for (const [at, asked] of byLength.slice(middle, middle + mostCalls).entries()) {
    const call = { ...asked, maxTokens: Math.min(asked.maxTokens, probedTokens), temperature: 0, seed: 1 };
    if (at === 0) await timed(backend, call, signal);
    const { first, rest, tokens } = await timed(backend, call, signal);
    seen.promptMs += first;
    seen.tokenMs += rest;
    seen.promptTokens += promptTokensOf(asked);
    seen.tokens += Math.max(0, tokens - 1);
    seen.calls++;
    if (seen.tokens >= enoughTokens) break;
  }
  if (seen.tokens === 0 || seen.promptTokens === 0) return undefined;
  return { ...seen, promptMs: seen.promptMs / seen.promptTokens, tokenMs: seen.tokenMs / seen.tokens };
}

async function timed({ generate }: Pick<Backend, 'generate'>, call: Call, signal: AbortSignal) {
  const sent = now();
  let [first, last] = [0, 0];
  let tokens = 0;
  for await (const part of generate(call, { signal, meter: createMeter() })) {
    if (part.type !== 'text') continue;
    last = elapsed(sent, part.at);
    first ||= last;
    tokens += part.ids?.length ?? 0;
  }
  return { first, rest: last - first, tokens };
}

/** Seconds of all calls one after the other, every answer as long as its limit, every policy as fast as the baseline. */
export function secondsOf(calls: readonly ForecastCall[], times: number, { promptMs, tokenMs }: Speed): number {
  const milliseconds = calls.reduce(
    (sum, call) => sum + promptTokensOf(call) * promptMs + Math.max(0, call.maxTokens - 1) * tokenMs,
    0,
  );
  return (times * milliseconds) / 1000;
}
