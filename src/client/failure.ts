/** Errors of an attempt: a code, one clean line, and whether trying again can help. */
import { type ErrorCode, type Retry, TtcError } from '../core/index.ts';
import { errorOf, type WireError } from './chunk.ts';
import type { Ending } from './ending.ts';
import { retryAfterMilliseconds } from './rate-limits.ts';
import type { Scrub } from './secrets.ts';
import type { Headers } from './timings.ts';
import { isObject } from './usage.ts';

export interface FailureFacts {
  endpoint: string;
  status?: number;
  headers: Headers;
  /** Start of a body that was not a stream. */
  body: string;
  error?: WireError;
  cause?: Error;
  /** Events with text that came before. */
  chunks: number;
  reads: number;
  scrub: Scrub;
}

const clip = (text: string) => (text.length > 300 ? `${text.slice(0, 300)}…` : text);

/** The server's own words: the error object of a JSON body, or the words of a page. */
function wordsOf(body: string): WireError {
  try {
    const parsed: unknown = JSON.parse(body);
    if (isObject(parsed)) return errorOf(parsed) ?? errorOf({ error: parsed.detail ?? parsed.message ?? parsed })!;
  } catch {}
  const page = body
    .replace(/<(script|style)[\s\S]*?<\/\1>/gi, ' ')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return { message: /<html|<!doctype/i.test(body) ? `a web page instead of an answer: ${page}` : page || 'no words' };
}

/** A limit that does not come back within a run: per day, or an account without credit. */
const longLimit = /per day|\((?:TPD|RPD)\)|insufficient_quota|billing_hard_limit/i;

interface Verdict {
  code: ErrorCode;
  help: string;
  retry?: Retry;
}

function byStatus(status: number, words: WireError, after: number | undefined): Verdict {
  const retry = { after };
  if (status === 401 || (status === 403 && words.code !== undefined))
    return { code: 'E_API_KEY', help: 'check the key and the variable it is read from' };
  if (status === 404) return { code: 'E_MODEL', help: 'check the model name and the base URL' };
  if (status === 413) return { code: 'E_REQUEST', help: 'shorten the prompt or lower --max-tokens: it can never fit' };
  if (status === 429) {
    if (longLimit.test(`${words.message} ${words.code} ${words.type}`))
      return { code: 'E_RATE_LIMIT', help: 'this limit does not come back within minutes: resume the run later' };
    return { code: 'E_RATE_LIMIT', help: 'lower --rps or --concurrency', retry };
  }
  if (status === 498 || status === 408 || status === 409 || status >= 500)
    return { code: 'E_SERVER', help: 'try again later, or lower the load', retry };
  if (status >= 300 && status < 400) return { code: 'E_REQUEST', help: 'the base URL redirects: give the final one' };
  return { code: 'E_REQUEST', help: 'the server said why; change the request accordingly' };
}

function httpError(facts: FailureFacts): TtcError {
  const status = facts.status!;
  const words = wordsOf(facts.body);
  const verdict = byStatus(status, words, retryAfterMilliseconds(facts.headers));
  const named = words.code ? `${words.code}: ` : '';
  return new TtcError(
    verdict.code,
    clip(facts.scrub(`${facts.endpoint} answered ${status}: ${named}${words.message}`)),
    { help: verdict.help, retry: verdict.retry },
  );
}

const plain: Record<Exclude<Ending, 'ok' | 'ok_no_done' | 'http_error'>, [ErrorCode, string, string]> = {
  truncated: ['E_STREAM', 'ended its stream without a finish reason', 'the answer may be cut: look at the server'],
  reset: ['E_STREAM', 'broke the connection in the middle of the answer', 'look at the server and what is in between'],
  stream_error: ['E_STREAM', 'reported an error within the stream', 'the server said why'],
  stalled: ['E_CALL_TIMEOUT', 'fell silent in the middle of the answer', 'raise gap_timeout if it is only slow'],
  not_a_stream: ['E_SERVER', 'did not answer with a chat stream', 'check the base URL: it usually ends in /v1'],
  connect_failed: ['E_CONNECT', 'cannot be reached', 'check the base URL, the network and the proxy'],
  connect_timeout: [
    'E_CONNECT',
    'did not accept a connection in time',
    'check the base URL, the network and the proxy; raise connect_timeout if they are only slow',
  ],
  first_token_timeout: ['E_CALL_TIMEOUT', 'sent no token in time', 'raise first_token_timeout if it is only slow'],
  timeout: ['E_CALL_TIMEOUT', 'took longer for the answer than a call may', 'raise the timeout or lower --max-tokens'],
  aborted: ['E_ABORTED', 'was left: the call was aborted', 'nothing is wrong'],
};

/** Nothing of the answer had come, and the server or the way to it was at fault: the same call may be sent again. */
function mayStartOver(ending: Ending, facts: FailureFacts): boolean {
  if (ending === 'connect_failed' || ending === 'connect_timeout') return true;
  if (ending === 'reset') return facts.reads === 0;
  const status = facts.error?.status ?? 0;
  return ending === 'stream_error' && facts.chunks === 0 && (status === 429 || status >= 500);
}

export function failureOf(ending: Ending, facts: FailureFacts): TtcError {
  if (ending === 'http_error') return httpError(facts);
  const [code, what, help] = plain[ending as keyof typeof plain];
  const cause = facts.cause && ending !== 'aborted' ? `: ${causeWords(facts.cause)}` : '';
  const words = facts.error
    ? `: ${facts.error.message}`
    : ending === 'not_a_stream'
      ? `: ${wordsOf(facts.body).message}`
      : cause;
  return new TtcError(code, clip(facts.scrub(`${facts.endpoint} ${what}${words}`)), {
    help,
    retry: mayStartOver(ending, facts) ? {} : undefined,
  });
}

/** The innermost words of a network error; an AggregateError of both address families has none of its own. */
function causeWords(error: Error): string {
  if (error instanceof AggregateError && error.errors[0] instanceof Error) return causeWords(error.errors[0]);
  if (error.cause instanceof Error && error.message === 'terminated') return causeWords(error.cause);
  return error.message || String((error as NodeJS.ErrnoException).code ?? error.name);
}
