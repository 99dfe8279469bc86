/** Errors of an attempt: a code, one clean line, and whether trying again can help. */
import { type ErrorCode, plainText, type Retry, TtcError } from '../core/index.ts';
import type { Refusal } from './adapt.ts';
import type { Ending } from './ending.ts';
import { waitOf } from './retry-after.ts';
import type { Scrub } from './secrets.ts';
import { type Headers, header } from './timings.ts';
import { isObject } from './usage.ts';
import { errorOf, type WireError } from './wire-error.ts';

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
  /** Words among the events that were no JSON. */
  stray?: string;
  scrub: Scrub;
}

/** A server's words as one clean line. */
const clean = (text: string, scrub: Scrub) => plainText(scrub(text), 300);

/** The server's own words: the error object of a JSON body, or the words of a page. */
function wordsOf(body: string): WireError {
  try {
    const parsed: unknown = JSON.parse(body);
    const first: unknown = Array.isArray(parsed) ? parsed[0] : parsed;
    if (isObject(first)) return errorOf(first) ?? errorOf(first, true)!;
    if (typeof first === 'string' && first !== '') return { message: first };
  } catch {}
  const page = body
    .replace(/<(script|style)[\s\S]*?<\/\1>/gi, ' ')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return { message: /<html|<!doctype/i.test(body) ? `a web page instead of an answer: ${page}` : page || 'no words' };
}

/** A limit that does not come back within a run: per day, or an account without credit. */
const longLimit =
  /per day|\((?:TPD|RPD)\)|insufficient_quota|billing_hard_limit|exceeded your current quota|credit balance/i;

/** A server's own failure by its status, but the request's fault by its words: the same request fails again. */
const ofRequest =
  /invalid_request|context_length|context length|context size|maximum context|too many tokens|unsupported_|UnsupportedParams|BadRequest|bad request/i;

interface Verdict {
  code: ErrorCode;
  help: string;
  retry?: Retry;
}

function byStatus(status: number, words: WireError, after: number | undefined): Verdict {
  const retry = after === undefined ? {} : { after };
  const said = `${words.message} ${words.code} ${words.type}`;
  if (status === 401 || (status === 403 && words.code !== undefined))
    return { code: 'E_API_KEY', help: 'check the key and the variable it is read from' };
  if (status === 404) return { code: 'E_MODEL', help: 'check the model name and the base URL' };
  if (status === 413) return { code: 'E_REQUEST', help: 'shorten the prompt or lower --max-tokens: it can never fit' };
  if (status === 429) {
    if (longLimit.test(said))
      return { code: 'E_RATE_LIMIT', help: 'this limit does not come back within minutes: resume the run later' };
    return { code: 'E_RATE_LIMIT', help: 'lower --rps or --concurrency', retry };
  }
  if (status >= 500 && ofRequest.test(said))
    return { code: 'E_REQUEST', help: 'the server said why; change the request accordingly' };
  if (status === 501 || status === 505)
    return {
      code: 'E_SERVER',
      help: 'the server cannot do this: check the base URL and what docs/api-backends.md says',
    };
  if (status === 498 || status === 408 || status === 409 || status >= 500)
    return { code: 'E_SERVER', help: 'try again later, or lower the load', retry };
  if (status >= 300 && status < 400) return { code: 'E_REQUEST', help: 'the base URL redirects: give the final one' };
  return { code: 'E_REQUEST', help: 'the server said why; change the request accordingly' };
}

function httpError(facts: FailureFacts): TtcError {
  const { headers, scrub } = facts;
  const status = facts.status!;
  const words = wordsOf(facts.body);
  const after = waitOf({ headers, message: words.message, body: facts.body, isLimit: status === 429 });
  const verdict = byStatus(status, words, after);
  const named = words.code ? `${words.code}: ` : '';
  return new TtcError(verdict.code, clean(`${facts.endpoint} answered ${status}: ${named}${words.message}`, scrub), {
    help: verdict.help,
    retry: header(headers, 'x-should-retry') === 'false' ? undefined : verdict.retry,
  });
}

/** What the server had against the request. */
export const refusalOf = ({ status = 0, body }: Pick<FailureFacts, 'status' | 'body'>): Refusal => ({
  status,
  words: wordsOf(body),
});

type Failed = Exclude<Ending, 'ok' | 'ok_no_done' | 'ok_no_finish' | 'ok_whole' | 'http_error'>;

const plain: Record<Failed, [ErrorCode, string, string]> = {
  truncated: ['E_STREAM', 'ended its stream without a finish reason', 'the answer may be cut: look at the server'],
  reset: ['E_STREAM', 'broke the connection in the middle of the answer', 'check the server and the network between'],
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

const unanswered: [ErrorCode, string, string] = [
  'E_STREAM',
  'closed the connection before it answered',
  'check the server and the network between',
];

/** The way to the server is wrong, and stays so: certificates, and TLS where there is none. */
const lasting = /^(CERT_|ERR_TLS|ERR_SSL|EPROTO|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_|HPE_|ERR_INVALID)/;

/** Nothing of the answer had come, and the server or the way to it was at fault: the same call may be sent again. */
function mayStartOver(ending: Ending, facts: FailureFacts): boolean {
  if (ending === 'connect_failed' || ending === 'connect_timeout') return !lasting.test(codeIn(facts.cause));
  if (ending === 'reset') return facts.reads === 0;
  const status = facts.error?.status ?? 0;
  return ending === 'stream_error' && facts.chunks === 0 && (status === 429 || status >= 500);
}

export function failureOf(ending: Ending, facts: FailureFacts): TtcError {
  if (ending === 'http_error') return httpError(facts);
  const isUnanswered = ending === 'reset' && facts.reads === 0;
  const [code, what, help] = isUnanswered ? unanswered : plain[ending as Failed];
  return new TtcError(code, clean(`${facts.endpoint} ${what}${moreWords(ending, facts)}`, facts.scrub), {
    help: lasting.test(codeIn(facts.cause)) ? 'check the base URL (http or https) and the certificate' : help,
    retry: mayStartOver(ending, facts) ? {} : undefined,
  });
}

function moreWords(ending: Ending, { error, stray, body, cause }: FailureFacts): string {
  if (error) return `: ${error.message}`;
  if (ending === 'not_a_stream') return `: ${wordsOf(body).message}`;
  if (stray !== undefined && ending !== 'aborted') return `; it said: ${stray}`;
  return cause && ending !== 'aborted' ? `: ${causeWords(cause)}` : '';
}

/** The innermost error: an AggregateError of both address families has no words of its own. */
function innermost(error: Error): Error {
  if (error instanceof AggregateError && error.errors[0] instanceof Error) return innermost(error.errors[0]);
  return error.cause instanceof Error && error.message === 'terminated' ? innermost(error.cause) : error;
}

const codeIn = (error: Error | undefined): string =>
  String((error && (innermost(error) as NodeJS.ErrnoException).code) ?? '');

function causeWords(error: Error): string {
  const inner = innermost(error);
  return inner.message || codeIn(error) || inner.name;
}
