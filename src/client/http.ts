/** HTTP/1.1 over undici's dispatch: one socket per stream, own timers, stamps in the socket's callback. */
import { Agent, type Dispatcher, EnvHttpProxyAgent } from 'undici';
import { now } from '../core/index.ts';
import type { Headers } from './timings.ts';
import type { Exchange, Receiver, Transport, TransportStats, WireRequest } from './transport.ts';

export interface HttpOptions {
  /** Sockets per server. Calls beyond it queue silently inside undici, so the default is no bound. */
  connections?: number;
  /** Milliseconds until an unanswered connect fails. @default 10000 */
  connectTimeout?: number;
  /** Where proxy variables are read from. @default process.env */
  environment?: Readonly<Record<string, string | undefined>>;
}

const loopback = /^(localhost|127(\.\d+){3}|\[?::1\]?)$/;

/** One for all: an error of its own for each would cost a stack trace. */
const abortedByCaller = new Error('aborted by the caller');

/** The handler of one request. Plain fields and methods on one shape: it runs for every socket read. */
function createHandler(receiver: Receiver): { handler: Dispatcher.DispatchHandler; exchange: Exchange } {
  let controller: Dispatcher.DispatchController | undefined;
  let aborted = false;
  return {
    exchange: {
      abort() {
        aborted = true;
        if (controller && !controller.aborted) controller.abort(abortedByCaller);
      },
    },
    handler: {
      onRequestStart(live) {
        controller = live;
        if (aborted) live.abort(abortedByCaller);
        else receiver.sent(now());
      },
      onResponseStart(_, status, headers) {
        if (!aborted && status >= 200) receiver.head(status, headers as Headers, now());
      },
      onResponseData(_, chunk) {
        const at = now();
        if (!aborted) receiver.data(chunk, at);
      },
      onResponseEnd() {
        if (!aborted) receiver.end(now());
      },
      onResponseError(_, error) {
        if (!aborted) receiver.fail(error, now());
      },
    },
  };
}

/** Servers on the loopback are never asked for through a proxy: its time would be part of every number. */
function dispatchers(options: HttpOptions): { near: Dispatcher; far: Dispatcher } {
  const settings = {
    ...(options.connections === undefined ? {} : { connections: options.connections }),
    pipelining: 1,
    keepAliveTimeout: 60_000,
    headersTimeout: 0,
    bodyTimeout: 0,
    allowH2: false,
    connect: { timeout: options.connectTimeout ?? 10_000 },
  };
  const near = new Agent(settings);
  const environment = options.environment ?? process.env;
  const httpProxy = environment.http_proxy ?? environment.HTTP_PROXY;
  const httpsProxy = environment.https_proxy ?? environment.HTTPS_PROXY ?? httpProxy;
  if (!httpProxy && !httpsProxy) return { near, far: near };
  const noProxy = environment.no_proxy ?? environment.NO_PROXY;
  return { near, far: new EnvHttpProxyAgent({ ...settings, httpProxy, httpsProxy, noProxy }) };
}

export function createHttpTransport(options: HttpOptions = {}): Transport {
  const { near, far } = dispatchers(options);
  const counted: TransportStats = { requests: 0, connections: 0 };
  for (const dispatcher of new Set([near, far])) dispatcher.on('connect', () => counted.connections++);
  return {
    send(request: WireRequest, receiver) {
      counted.requests++;
      const { handler, exchange } = createHandler(receiver);
      const { origin, path, method, body } = request;
      const dispatcher = near === far || loopback.test(new URL(origin).hostname) ? near : far;
      dispatcher.dispatch({ origin, path, method, body: body ?? null, headers: request.headers as string[] }, handler);
      return exchange;
    },
    stats: () => ({ ...counted }),
    async close() {
      await Promise.all([...new Set([near, far])].map((dispatcher) => dispatcher.destroy()));
    },
  };
}
