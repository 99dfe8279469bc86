/** Metrics of a run for a Prometheus on this machine, while the run goes on. */
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { TtcError } from '../core/index.ts';
import type { RunEvent } from '../runner/run.ts';
import { contentType } from './families.ts';
import { createRunStats } from './run-stats.ts';

export interface RunWatch extends AsyncDisposable {
  url: string;
  onEvent(event: RunEvent): void;
}

/** A page on the web may lead a name of its own to this machine; it cannot make a browser send a loopback name. */
const local = /^(localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/i;

/**
 * @param port of the loopback address; 0: any that is free
 * @throws E_ARGUMENT where the port is taken
 */
export async function watchRun(port: number): Promise<RunWatch> {
  const stats = createRunStats();
  const answer: RequestListener = ({ method, url, headers }, response) => {
    const isAsked = (method === 'GET' || method === 'HEAD') && url?.split('?')[0] === '/metrics';
    const status = local.test(headers.host ?? '') ? (isAsked ? 200 : 404) : 403;
    response.writeHead(status, { 'content-type': status === 200 ? contentType : 'text/plain', connection: 'close' });
    response.end(status === 200 ? stats.text() : `${status}: GET /metrics by a loopback name\n`);
  };
  const server = createServer(answer);
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  } catch (error) {
    throw new TtcError('E_ARGUMENT', `metrics_port ${port}: ${(error as Error).message}`, {
      help: 'name another port, or 0 for any that is free',
    });
  }
  // The run decides when the process ends.
  server.unref();
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`,
    onEvent: stats.take,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
    },
  };
}
