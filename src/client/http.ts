/** HTTP/1.1 over undici's dispatch: one socket per stream, own timers, stamps in the socket's callback. */
import { subscribe } from 'node:diagnostics_channel';
import type { Dispatcher } from 'undici';
import { elapsed, now } from '../core/index.ts';
import { createDispatchers } from './dispatchers.ts';
import { mostSockets, noFileLeft } from './open-files.ts';
import type { Environment } from './proxy.ts';
import type { Headers } from './timings.ts';
import type { Exchange, Receiver, Transport, TransportStats, WireRequest } from './transport.ts';

export interface HttpOptions {
  /** Sockets per server. Calls beyond it queue silently inside undici, so the default is no bound. */
  connections?: number;
  /** Milliseconds until an unanswered connect fails. @default 10000 */
  connectTimeout?: number;
  /** Where proxy variables are read from. @default process.env */
  environment?: Environment;
  /** Most requests in flight: more wait, and are counted. @default by the files that the process may open, less those that it needs itself */
  mostInFlight?: number;
}

/** One for all: an error of its own for each would cost a stack trace. */
const abortedByCaller = new Error('aborted by the caller');

/** What the request of a handler knows of its socket once it is written. */
interface Sending {
  /** The socket has carried a request before. */
  reused: boolean;
  written(): void;
}

/** The handler whose request is just being written: undici names its socket in the same turn. */
let writing: Sending | undefined;
const used = new WeakSet<object>();
let isSubscribed = false;

/** undici tells handlers nothing of their sockets; it does say so on this channel, between start and write. */
function watchSockets(): void {
  if (isSubscribed) return;
  isSubscribed = true;
  subscribe('undici:client:sendHeaders', (message) => {
    const sending = writing;
    writing = undefined;
    const { socket } = message as { socket: object };
    if (!sending) return;
    sending.reused = used.has(socket);
    if (!sending.reused) used.add(socket);
    sending.written();
  });
}

/** The server, or something in between, closed the socket. */
const closings = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

interface HttpExchange extends Exchange {
  aborted: boolean;
}

interface Handling {
  receiver: Receiver;
  /** Sends the request again on a socket of its own. */
  resend(handler: Dispatcher.DispatchHandler): void;
  outOfFiles(cause: Error): Error;
  over(): void;
}

/**
 * The handler of one request. Plain fields and methods on one shape: it runs for every socket read. A reused socket that
 * closes before a byte of the answer was idle for too long: that says nothing of the server, so the request goes out
 * again at once, on a socket that is new. What fails there is told.
 */
function createHandler({ receiver, resend, outOfFiles, over }: Handling): {
  handler: Dispatcher.DispatchHandler;
  exchange: HttpExchange;
} {
  let since = now();
  let controller: Dispatcher.DispatchController | undefined;
  let heard = false;
  let resent = false;
  let startedAt = 0n;
  const sending: Sending = {
    reused: false,
    written() {
      if (!sending.reused) receiver.connected?.(elapsed(since, startedAt));
    },
  };
  const exchange: HttpExchange = {
    aborted: false,
    abort() {
      exchange.aborted = true;
      if (controller && !controller.aborted) controller.abort(abortedByCaller);
    },
  };
  const handler: Dispatcher.DispatchHandler = {
    onRequestStart(live) {
      controller = live;
      if (exchange.aborted) {
        live.abort(abortedByCaller);
        return;
      }
      writing = sending;
      startedAt = now();
      receiver.sent(startedAt);
    },
    onResponseStart(_, status, headers) {
      heard = true;
      if (!exchange.aborted && status >= 200) receiver.head(status, headers as Headers, now());
    },
    onResponseData(_, chunk) {
      const at = now();
      if (!exchange.aborted) receiver.data(chunk, at);
    },
    onResponseEnd() {
      over();
      if (!exchange.aborted) receiver.end(now());
    },
    onResponseError(_, error) {
      const code = (error as NodeJS.ErrnoException).code ?? '';
      if (!exchange.aborted && !heard && !resent && sending.reused && closings.has(code)) {
        resent = true;
        sending.reused = false;
        since = now();
        receiver.resent?.();
        return resend(handler);
      }
      over();
      if (!exchange.aborted) receiver.fail(code === 'EMFILE' || code === 'ENFILE' ? outOfFiles(error) : error, now());
    },
  };
  return { handler, exchange };
}

export function createHttpTransport(options: HttpOptions = {}): Transport {
  watchSockets();
  const counted: Required<TransportStats> = { requests: 0, connections: 0, resent: 0, outOfFiles: 0 };
  const most = options.mostInFlight ?? mostSockets() ?? Number.POSITIVE_INFINITY;
  const dispatchers = createDispatchers(options, () => counted.connections++);
  let inFlight = 0;
  const waiting: { start(): void; exchange: HttpExchange }[] = [];

  function next(): void {
    inFlight--;
    let first = waiting.shift();
    while (first?.exchange.aborted) first = waiting.shift();
    first?.start();
  }

  /** The next request that waits goes out, when the socket is free: a turn of the event loop after the answer's end. */
  function over(): void {
    if (waiting.length > 0) setImmediate(next);
    else inFlight--;
  }

  /** Beyond what the process may open a request waits here: sent, it would take the handle of a journal or a module. */
  function waitForFile(start: () => void, exchange: HttpExchange): void {
    counted.outOfFiles++;
    waiting.push({ start, exchange });
  }

  const outOfFiles = (cause: Error): Error => {
    counted.outOfFiles++;
    return noFileLeft(cause);
  };
  return {
    send(request: WireRequest, receiver) {
      const { kept, fresh } = dispatchers.of(request.origin);
      counted.requests++;
      const { origin, path, method, body } = request;
      const wire = { origin, path, method, body: body ?? null, headers: request.headers as string[] };
      const { handler, exchange } = createHandler({
        receiver,
        resend(again) {
          counted.resent++;
          fresh().dispatch(wire, again);
        },
        outOfFiles,
        over,
      });
      const start = () => {
        inFlight++;
        kept.dispatch(wire, handler);
      };
      if (inFlight < most) start();
      else waitForFile(start, exchange);
      return exchange;
    },
    stats: () => ({ ...counted }),
    close: dispatchers.close,
  };
}
