/** Small requests beside the streams: lists of models, probes, tokenizers. */
import { type ErrorCode, now, TtcError } from '../core/index.ts';
import type { Refusal } from './adapt.ts';
import { isGood } from './ending.ts';
import { failureOf, refusalOf } from './failure.ts';
import type { Scrub } from './secrets.ts';
import type { Headers } from './timings.ts';
import type { Exchange, Receiver, Transport, WireRequest } from './transport.ts';
import { isObject } from './usage.ts';

export interface FetchOptions {
  transport: Transport;
  /** The server's name in errors. */
  endpoint: string;
  scrub: Scrub;
  /** @default 15000 */
  milliseconds?: number;
  signal?: AbortSignal;
  /** The server refused the request: before the error is seen. */
  onRefused?(refusal: Refusal): void;
  /** The time is over although the request had reached the server: before the error is seen. */
  onLate?(): void;
}

const maxBytes = 32 * 1024 * 1024;

export interface Fetched {
  value: unknown;
  headers: Headers;
}

/** Errors: as those of `fetchAny`, and `E_SERVER` for JSON that is no object. */
export async function fetchJson(request: WireRequest, options: FetchOptions): Promise<Record<string, unknown>> {
  const { value } = await fetchAny(request, options);
  if (isObject(value)) return value;
  const { endpoint, scrub } = options;
  const body = JSON.stringify(value);
  throw failureOf('not_a_stream', { endpoint, headers: {}, body, chunks: 0, reads: 0, scrub });
}

/** Errors: as those of a chat call; `E_SERVER` where a good status comes with something else than JSON. */
export function fetchAny(request: WireRequest, options: FetchOptions): Promise<Fetched> {
  const { transport, endpoint, scrub, milliseconds = 15_000, signal } = options;
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    let headers: Headers = {};
    let status: number | undefined;
    let isSent = false;
    let isOver = false;

    function settle(act: () => void): void {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      signal?.removeEventListener('abort', leave);
      act();
    }
    function stop(code: ErrorCode, message: string): void {
      settle(() =>
        reject(new TtcError(code, `${endpoint} ${message}`, { help: 'check the base URL and the network' })),
      );
      exchange?.abort();
    }
    const leave = () => stop('E_ABORTED', 'was left: the request was aborted');
    const timer = setTimeout(() => {
      if (isSent) options.onLate?.();
      stop('E_CONNECT', `did not answer within ${milliseconds} ms`);
    }, milliseconds);
    function refuse(ending: 'http_error' | 'connect_failed' | 'not_a_stream', cause?: Error): void {
      const body = Buffer.concat(chunks).toString('utf8');
      const facts = { endpoint, status, headers, body, cause, chunks: 0, reads: 0, scrub };
      if (ending === 'http_error') options.onRefused?.(refusalOf(facts));
      reject(failureOf(ending, facts));
    }
    let exchange: Exchange | undefined;
    const receiver: Receiver = {
      sent() {
        isSent = true;
      },
      head(code, fields) {
        status = code;
        headers = fields;
      },
      data(chunk) {
        size += chunk.length;
        if (size > maxBytes) stop('E_SERVER', 'sent more than anyone can mean');
        else chunks.push(chunk);
      },
      end() {
        if (status === undefined || !isGood(status)) return settle(() => refuse('http_error'));
        const value = parsed(Buffer.concat(chunks).toString('utf8'));
        settle(() => (value === undefined ? refuse('not_a_stream') : resolve({ value, headers })));
      },
      fail: (error) => settle(() => (error instanceof TtcError ? reject(error) : refuse('connect_failed', error))),
    };
    try {
      exchange = transport.send(request, receiver);
    } catch (error) {
      receiver.fail(error as Error, now());
    }
    signal?.addEventListener('abort', leave, { once: true });
    if (signal?.aborted) leave();
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
