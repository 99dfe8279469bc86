/** What providers say about their limits in headers. Waits after a refusal: `retry-after.ts`. */
import type { LimitState, RateLimits } from '../core/index.ts';
import { type Headers, header } from './timings.ts';

const goDuration = /^(?:(\d+)h)?(?:(\d+)m(?!s))?(?:([\d.]+)s)?(?:([\d.]+)ms)?$/;

/** Milliseconds of a Go duration (`2m59.56s`, `400ms`) or of plain seconds (`7.66`). */
export function durationMilliseconds(text: string | undefined): number | undefined {
  const trimmed = text?.trim();
  if (!trimmed) return undefined;
  if (/^\d+(\.\d+)?$/.test(trimmed)) return Number(trimmed) * 1000;
  const [, hours = '0', minutes = '0', seconds = '0', milliseconds = '0'] = goDuration.exec(trimmed) ?? [];
  if (!goDuration.test(trimmed)) return undefined;
  return Number(hours) * 3_600_000 + Number(minutes) * 60_000 + Number(seconds) * 1000 + Number(milliseconds);
}

/** More than anyone allows or means: such a number is a placeholder. */
const absurd = 1e12;

/** `100`, `100.0`, `100,000`. What else stands there (`-1`, `unlimited`, `100;w=60`) is no count. */
function count(text: string | undefined): number | undefined {
  const plain = text?.trim() ?? '';
  if (!/^\d+(\.\d+)?$|^\d{1,3}(,\d{3})+$/.test(plain)) return undefined;
  const value = Number(plain.replaceAll(',', ''));
  return value < absurd ? value : undefined;
}

interface Names {
  limit: string;
  remaining: string;
  reset: string;
}

const named = (suffix: string): Names => ({
  limit: `x-ratelimit-limit-${suffix}`,
  remaining: `x-ratelimit-remaining-${suffix}`,
  reset: `x-ratelimit-reset-${suffix}`,
});
const [requests, requestsDay, tokens, tokensMinute] = ['requests', 'requests-day', 'tokens', 'tokens-minute'].map(
  named,
) as [Names, Names, Names, Names];

/** A limit that is not above 0 is none, and then nothing can remain of it either. */
function state(headers: Headers, names: Names, window: LimitState['window']): LimitState | undefined {
  const limitText = header(headers, names.limit);
  const limit = count(limitText) || undefined;
  const remaining = count(header(headers, names.remaining));
  if (limit === undefined && (limitText !== undefined || remaining === undefined)) return undefined;
  const left = limit !== undefined && remaining !== undefined && remaining > limit ? undefined : remaining;
  return { limit, remaining: left, reset: durationMilliseconds(header(headers, names.reset)), window };
}

/** `requestWindow`: what a bare `x-ratelimit-limit-requests` counts; a day at Groq, a minute at OpenAI. */
export function rateLimitsOf(headers: Headers, requestWindow: LimitState['window']): RateLimits | undefined {
  const ofRequests = state(headers, requests, requestWindow) ?? state(headers, requestsDay, 'day');
  const ofTokens = state(headers, tokens, 'minute') ?? state(headers, tokensMinute, 'minute');
  if (!ofRequests && !ofTokens) return undefined;
  return { ...(ofRequests && { requests: ofRequests }), ...(ofTokens && { tokens: ofTokens }) };
}
