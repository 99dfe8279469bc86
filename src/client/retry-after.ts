/** How long a server asks to wait, in headers of every spelling and in its words. */
import { durationMilliseconds } from './rate-limits.ts';
import { type Headers, header } from './timings.ts';

/** Longest wait by a reset header: it says when a limit is whole again, and part of it is back long before. */
const longestReset = 60_000;

/** Above these a plain number is a time of the day: seconds or milliseconds since 1970. */
const epochSeconds = 1e9;
const epochMilliseconds = 1e12;

/** Milliseconds from now: a duration (`12`, `12s`, `1m2s`), a date, or a time since 1970. */
function fromNow(text: string | undefined, today: number): number | undefined {
  const trimmed = text?.trim() ?? '';
  if (/^\d+(\.\d+)?$/.test(trimmed)) {
    const value = Number(trimmed);
    if (value >= epochMilliseconds) return Math.max(0, value - today);
    return value >= epochSeconds ? Math.max(0, value * 1000 - today) : value * 1000;
  }
  const duration = durationMilliseconds(trimmed);
  if (duration !== undefined) return duration;
  // A date has a year; `Date.parse` takes far more for one.
  const date = /\d{4}/.test(trimmed) ? Date.parse(trimmed) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - today);
}

/** Milliseconds to wait by `retry-after-ms` or `retry-after` (seconds, a duration or a date). */
export function retryAfterMilliseconds(headers: Headers, today = Date.now()): number | undefined {
  const exact = Number.parseFloat(header(headers, 'retry-after-ms') ?? header(headers, 'x-retry-after-ms') ?? '');
  if (Number.isFinite(exact)) return Math.max(0, exact);
  return fromNow(header(headers, 'retry-after') ?? header(headers, 'x-retry-after'), today);
}

/** `x-rate-limit-reset-tokens`, `ratelimit-reset` and `anthropic-ratelimit-tokens-reset` by one spelling. */
const canonical = (name: string): string => name.replace('rate-limit', 'ratelimit').replace(/^x-/, '');

/** The longest reset of a limit of which nothing is left; of any limit where none says what is left. */
function resetMilliseconds(headers: Headers, today: number): number | undefined {
  const fields = new Map(Object.keys(headers).map((name) => [canonical(name), header(headers, name)]));
  const found: { wait: number; left: number | undefined }[] = [];
  for (const [name, text] of fields) {
    const wait = /ratelimit.*reset/.test(name) ? fromNow(text, today) : undefined;
    if (wait === undefined) continue;
    const left = Number.parseFloat(fields.get(name.replace('reset', 'remaining')) ?? '');
    found.push({ wait, left: Number.isNaN(left) ? undefined : left });
  }
  const spent = found.filter(({ left }) => left !== undefined && left <= 0);
  const unsaid = found.filter(({ left }) => left === undefined);
  const waits = (spent.length > 0 ? spent : unsaid).map(({ wait }) => wait);
  return waits.length > 0 ? Math.min(longestReset, Math.max(...waits)) : undefined;
}

const inWords =
  /(?:try again|retry)[^.]{0,30}?\b(?:in|after)\s+(\d+(?:\.\d+)?)\s*(ms|milliseconds?|s|sec|seconds?|m|min|minutes?)\b/i;
const goInWords = /(?:try again|retry)[^.]{0,30}?\b(?:in|after)\s+((?:\d+h)?(?:\d+m)?\d+(?:\.\d+)?m?s)\b/i;
const inBody = /"(?:retry_?after|retryDelay|retry_after_seconds)"\s*:\s*"?(\d+(?:\.\d+)?)(m?s)?"?/i;

function spoken(message: string, body: string): number | undefined {
  const exact = goInWords.exec(message)?.[1];
  if (exact !== undefined) return durationMilliseconds(exact);
  const [, amount, unit = ''] = inWords.exec(message) ?? [];
  if (amount !== undefined) {
    if (/^(ms|milli)/i.test(unit)) return Number(amount);
    return Number(amount) * (/^m/i.test(unit) ? 60_000 : 1000);
  }
  const [, seconds, ofSeconds] = inBody.exec(body) ?? [];
  return seconds === undefined ? undefined : Number(seconds) * (ofSeconds === 'ms' ? 1 : 1000);
}

interface Said {
  headers: Headers;
  /** The server's words. */
  message: string;
  /** All of what it sent. */
  body: string;
  /** A limit was reached: resets of limits say nothing of other failures. */
  isLimit: boolean;
}

/** Nobody means a month: such a number is a placeholder, or damaged. */
const longestMeant = 30 * 86_400_000;

const meant = (wait: number | undefined): number | undefined =>
  wait !== undefined && wait >= 0 && wait < longestMeant ? wait : undefined;

/** Milliseconds that a refusal asks to wait; undefined where it does not say. */
export const waitOf = ({ headers, message, body, isLimit }: Said, today = Date.now()): number | undefined =>
  meant(retryAfterMilliseconds(headers, today)) ??
  meant(isLimit ? resetMilliseconds(headers, today) : undefined) ??
  meant(spoken(message.slice(0, 2000), body.slice(0, 20_000)));
