/** `dash`: the dashboard on a socket, until it is told to stop. */
import { randomBytes } from 'node:crypto';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { TtcError } from '../core/index.ts';
import { type AppOptions, createApp } from './app.ts';

export interface DashOptions extends Omit<AppOptions, 'token'> {
  /** @default 8501; 0: any free one */
  port?: number | undefined;
  /** @default '127.0.0.1'; where it is another, who looks needs the token */
  host?: string | undefined;
  /** @default made up, where one is needed */
  token?: string | undefined;
}

export interface RunningDash {
  /** With the token, where there is one. */
  readonly url: string;
  close(): Promise<void>;
}

const loopback = /^(localhost|127(\.\d+){3}|::1)$/i;

/** @throws E_ARGUMENT for a port that is taken */
export async function startDash({
  port = 8501,
  host = '127.0.0.1',
  token,
  ...options
}: DashOptions): Promise<RunningDash> {
  const isOpen = !loopback.test(host);
  const key = token ?? (isOpen ? randomBytes(24).toString('hex') : null);
  const { app, close } = createApp({ ...options, token: key });
  const server = createAdaptorServer({
    fetch: app.fetch,
    overrideGlobalObjects: false,
    serverOptions: { requestTimeout: 30_000, headersTimeout: 10_000, maxHeaderSize: 16 * 1024 },
  }) as Server;
  server.maxConnections = 512;
  const taken = await listen(server, port, host);
  const name = host.includes(':') ? `[${host}]` : host;
  return {
    url: `http://${name}:${taken}/${key === null ? '' : `?token=${key}`}`,
    async close() {
      await close();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const help = 'choose another --port, or 0 for any free one';
      reject(new TtcError('E_ARGUMENT', `cannot listen on ${host}:${port}: ${error.code}`, { help }));
    });
    server.listen({ port, host }, () => resolve((server.address() as AddressInfo).port));
  });
}
