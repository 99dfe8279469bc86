/** How fast the engine is with a model, found by a few short calls: for the forecast of `--dry-run`. */
import { type Backend, type Call, codeOf, createMeter, elapsed, now } from '../core/index.ts';
import { type ForecastCall, promptTokensOf } from '../runner/forecast.ts';

export interface Range {
  low: number;
  high: number;
}

/** What the baseline was seen to take, over the calls that were timed. */
export interface Speed {
  /** Milliseconds for each token of a prompt, as `promptTokensOf` estimates them. */
  promptMs: Range;
  /** Milliseconds for each token of an answer after the first. */
  tokenMs: Range;
  /** Tokens of the shortest answer. One that the probe cut off counts as far as it came. */
  shortest: number;
  /** Calls that were timed, and the tokens that they gave. */
  calls: number;
  tokens: number;
}

/** Tokens that a probed answer may have. */
const probedTokens = 17;
/** So many calls, so that there is a spread; more where answers end at once. */
const leastCalls = 3;
const mostCalls = 6;
const enoughTokens = 16;

/**
 * Plays calls of a short, a middle and a long prompt under the baseline, the first of them once before for the graphs.
 * @returns undefined where the model gave too few tokens to be timed
 */
export async function probeSpeed(
  backend: Pick<Backend, 'generate'>,
  calls: readonly ForecastCall[],
  signal: AbortSignal,
): Promise<Speed | undefined> {
  const seen: Timed[] = [];
  const tokensSeen = () => seen.reduce((sum, { tokens }) => sum + Math.max(0, tokens - 1), 0);
  for (const [at, asked] of probesOf(calls).entries()) {
    if (seen.length >= leastCalls && tokensSeen() >= enoughTokens) break;
    const call = { ...asked, maxTokens: Math.min(asked.maxTokens, probedTokens), temperature: 0, seed: 1 };
    try {
      if (seen.length === 0) await timed(backend, call, signal);
      seen.push({ ...(await timed(backend, call, signal)), promptTokens: promptTokensOf(asked) });
    } catch (error) {
      // A prompt that is too long says so in its trial, too; the others can be timed.
      if (codeOf(error) !== 'E_CONTEXT' || (at === mostCalls - 1 && seen.length === 0)) throw error;
    }
  }
  const answered = seen.filter(({ tokens }) => tokens > 1);
  if (answered.length === 0) return undefined;
  return {
    promptMs: rangeOf(answered.map(({ first, promptTokens }) => first / promptTokens)),
    tokenMs: rangeOf(answered.map(({ rest, tokens }) => rest / (tokens - 1))),
    shortest: Math.min(...seen.map(({ tokens }) => tokens)),
    calls: seen.length,
    tokens: seen.reduce((sum, { tokens }) => sum + tokens, 0),
  };
}

/** Prompts from a quarter of the lengths to three quarters; of few calls some come again. */
function probesOf(calls: readonly ForecastCall[]): ForecastCall[] {
  const byLength = [...calls].sort((a, b) => promptTokensOf(a) - promptTokensOf(b));
  const places = [1 / 2, 1 / 4, 3 / 4, 3 / 8, 5 / 8, 1 / 2].slice(0, mostCalls);
  return places.flatMap((place) => byLength[Math.floor(place * byLength.length)] ?? []);
}

const rangeOf = (values: readonly number[]): Range => ({ low: Math.min(...values), high: Math.max(...values) });

interface Timed {
  /** Milliseconds to the first token, and from there to the last. */
  first: number;
  rest: number;
  tokens: number;
  promptTokens: number;
}

async function timed(
  { generate }: Pick<Backend, 'generate'>,
  call: Call,
  signal: AbortSignal,
): Promise<Omit<Timed, 'promptTokens'>> {
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

/**
 * Seconds of all calls one after the other, every policy as fast as the baseline. Low: as fast as the fastest probed
 * call, answers as short as the shortest. High: as slow as the slowest, answers as long as their limit.
 */
export function secondsOf(
  calls: readonly ForecastCall[],
  times: number,
  { promptMs, tokenMs, shortest }: Pick<Speed, 'promptMs' | 'tokenMs' | 'shortest'>,
): Range {
  const sumOf = (end: 'low' | 'high', mostTokens: number) =>
    calls.reduce((sum, call) => {
      const tokens = Math.max(0, Math.min(call.maxTokens, mostTokens) - 1);
      return sum + promptTokensOf(call) * promptMs[end] + tokens * tokenMs[end];
    }, 0);
  return {
    low: (times * sumOf('low', shortest)) / 1000,
    high: (times * sumOf('high', Number.POSITIVE_INFINITY)) / 1000,
  };
}
