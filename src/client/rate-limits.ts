/** What providers say about their limits in headers. */
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

/** Milliseconds to wait by `retry-after-ms` or `retry-after` (seconds or an HTTP date). */
export function retryAfterMilliseconds(headers: Headers, today = Date.now()): number | undefined {
  const exact = Number.parseFloat(header(headers, 'retry-after-ms') ?? '');
  if (Number.isFinite(exact)) return Math.max(0, exact);
  const text = header(headers, 'retry-after');
  const duration = durationMilliseconds(text);
  if (duration !== undefined) return duration;
  const date = Date.parse(text ?? '');
  return Number.isNaN(date) ? undefined : Math.max(0, date - today);
}

const count = (text: string | undefined): number | undefined => {
  if (text === undefined) return undefined;
  const value = Number.parseFloat(text);
  return Number.isFinite(value) ? value : undefined;
};

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

function state(headers: Headers, names: Names, window: LimitState['window']): LimitState | undefined {
  const limit = count(header(headers, names.limit));
  const remaining = count(header(headers, names.remaining));
  if (limit === undefined && remaining === undefined) return undefined;
  return { limit, remaining, reset: durationMilliseconds(header(headers, names.reset)), window };
}

/** `requestWindow`: what a bare `x-ratelimit-limit-requests` counts; a day at Groq, a minute at OpenAI. */
export function rateLimitsOf(headers: Headers, requestWindow: LimitState['window']): RateLimits | undefined {
  const ofRequests = state(headers, requests, requestWindow) ?? state(headers, requestsDay, 'day');
  const ofTokens = state(headers, tokens, 'minute') ?? state(headers, tokensMinute, 'minute');
  if (!ofRequests && !ofTokens) return undefined;
  return { ...(ofRequests && { requests: ofRequests }), ...(ofTokens && { tokens: ofTokens }) };
}
