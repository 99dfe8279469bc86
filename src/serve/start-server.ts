/** `serve`: models behind an OpenAI-compatible API, on a socket, until it is told to stop. */
import type { Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { TtcError } from '../core/index.ts';
import { errorBody } from '../wire/index.ts';
import { createApp } from './app.ts';
import type { Entry } from './bill.ts';
import { openBooks } from './books.ts';
import { createGate } from './gate.ts';
import type { ServedModel } from './served-model.ts';
import { createStats } from './stats.ts';

export interface ServeOptions {
  models: readonly ServedModel[];
  /** @default 0: any free one */
  port?: number | undefined;
  /** @default '127.0.0.1'; any other needs a key */
  host?: string | undefined;
  key?: string | undefined;
  /** Answers that run at a time, of all models together. @default 8 */
  slots?: number | undefined;
  /** Answers that may wait. @default 64 */
  maxQueue?: number | undefined;
  /** @default 1024 */
  defaultMaxTokens?: number | undefined;
  mostTokens?: number | undefined;
  /** Bytes. @default 4 MiB */
  mostBody?: number | undefined;
  /** Milliseconds for the whole request, its body included. @default 30000 */
  requestTimeout?: number | undefined;
  /** Milliseconds for the head of a request. @default 10000 */
  headersTimeout?: number | undefined;
  /** JSON Lines, one per request. */
  books?: string | undefined;
}

export interface RunningServer {
  /** Base URL for clients. */
  readonly url: string;
  /** Requests that are over, in order; only the newest thousand. */
  readonly entries: readonly Entry[];
  /**
   * Refuses new requests, waits until those that run have ended, and closes.
   * @param signal ends the waiting: what still runs is cut off
   */
  close(signal?: AbortSignal): Promise<void>;
}

const loopback = /^(localhost|127(\.\d+){3}|::1)$/i;
const mostConnections = 4096;
const keptEntries = 1000;

/** @throws E_ARGUMENT for a port that is taken, and for an open address without a key */
export async function startServer(options: ServeOptions): Promise<RunningServer> {
  const { models, host = '127.0.0.1', key, slots = 8, maxQueue = 64 } = options;
  if (key === undefined && !loopback.test(host))
    throw new TtcError('E_ARGUMENT', `--host ${host} is open to others, so a key is needed`, {
      help: 'put a key into an environment variable and name that with --key-env',
    });
  const gate = createGate(slots, maxQueue);
  const books = openBooks(options.books);
  const stats = createStats();
  const entries: Entry[] = [];
  let isDraining = false;
  const app = createApp({
    ...{ models, gate, key },
    limits: { defaultMaxTokens: options.defaultMaxTokens ?? 1024, mostTokens: options.mostTokens },
    mostBody: options.mostBody ?? 4 * 2 ** 20,
    started: Math.floor(Date.now() / 1000),
    isDraining: () => isDraining,
    metrics: () => stats.text(gate),
    note(entry) {
      stats.count(entry);
      books.write(entry);
      entries.push(entry);
      if (entries.length > keptEntries) entries.shift();
    },
  });
  const { requestTimeout = 30_000, headersTimeout = 10_000 } = options;
  const server = createAdaptorServer({
    fetch: app.fetch,
    overrideGlobalObjects: false,
    serverOptions: {
      ...{ requestTimeout, headersTimeout, noDelay: true, keepAliveTimeout: 75_000 },
      connectionsCheckingInterval: Math.min(1000, headersTimeout),
      maxHeaderSize: 16 * 1024,
    },
  }) as Server;
  server.maxConnections = mostConnections;
  server.on('clientError', refuseSocket);
  const port = await listen(server, options.port ?? 0, host);
  const name = host.includes(':') ? `[${host}]` : host;
  return {
    url: `http://${name}:${port}/v1`,
    entries,
    async close(signal) {
      isDraining = true;
      server.closeIdleConnections();
      await Promise.race([gate.empty(), aborted(signal)]);
      const closed = new Promise((resolve) => server.close(resolve));
      // The last bytes of the last answer are on their way.
      setImmediate(() => server.closeAllConnections());
      await closed;
      await gate.empty();
      await books.close();
    },
  };
}

function aborted(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) resolve();
    signal?.addEventListener('abort', () => resolve(), { once: true });
  });
}

const socketRefusals: Readonly<Record<string, [line: string, code: string, words: string]>> = {
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'headers_too_large', 'the headers are too large'],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'request_timeout', 'the request took too long to arrive'],
};

/** What is no HTTP, or comes too slowly, never reaches the routes. */
function refuseSocket(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy();
  const [line, code, words] = socketRefusals[error.code ?? ''] ?? ['400 Bad Request', 'invalid_http', 'not valid HTTP'];
  const body = JSON.stringify(errorBody(words, 'invalid_request_error', { code }));
  socket.end(
    `HTTP/1.1 ${line}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const help = 'choose another --port, or 0 for any free one';
      reject(new TtcError('E_ARGUMENT', `cannot listen on ${host}:${port}: ${error.code}`, { help }));
    });
    // A backlog above the default of 511: a wave of first connects must not wait for SYN retries.
    server.listen({ port, host, backlog: 4096 }, () => resolve((server.address() as AddressInfo).port));
  });
}
