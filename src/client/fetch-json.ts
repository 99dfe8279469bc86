/** Small requests beside the streams: lists of models, probes, tokenizers. */
import { type ErrorCode, TtcError } from '../core/index.ts';
import { failureOf } from './failure.ts';
import type { Scrub } from './secrets.ts';
import type { Headers } from './timings.ts';
import type { Transport, WireRequest } from './transport.ts';
import { isObject } from './usage.ts';

export interface FetchOptions {
  transport: Transport;
  /** The server's name in errors. */
  endpoint: string;
  scrub: Scrub;
  /** @default 15000 */
  milliseconds?: number;
  signal?: AbortSignal;
}

const maxBytes = 32 * 1024 * 1024;

/** Errors: as those of a chat call; `E_SERVER` where a good status comes with something else than a JSON object. */
export function fetchJson(request: WireRequest, options: FetchOptions): Promise<Record<string, unknown>> {
  const { transport, endpoint, scrub, milliseconds = 15_000, signal } = options;
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    let headers: Headers = {};
    let status: number | undefined;
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
      exchange.abort();
    }
    const leave = () => stop('E_ABORTED', 'was left: the request was aborted');
    const timer = setTimeout(() => stop('E_CONNECT', `did not answer within ${milliseconds} ms`), milliseconds);
    const failed = (ending: 'http_error' | 'connect_failed' | 'not_a_stream', cause?: Error) => {
      const body = Buffer.concat(chunks).toString('utf8');
      return failureOf(ending, { endpoint, status, headers, body, cause, chunks: 0, reads: 0, scrub });
    };
    const exchange = transport.send(request, {
      sent: () => undefined,
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
        if (status !== 200) return settle(() => reject(failed('http_error')));
        const body = parsed(Buffer.concat(chunks).toString('utf8'));
        settle(() => (body ? resolve(body) : reject(failed('not_a_stream'))));
      },
      fail: (error) => settle(() => reject(failed('connect_failed', error))),
    });
    signal?.addEventListener('abort', leave, { once: true });
    if (signal?.aborted) leave();
  });
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const body: unknown = JSON.parse(text);
    if (isObject(body)) return body;
  } catch {}
  return undefined;
}
