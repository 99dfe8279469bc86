import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createHttpTransport, type HttpOptions } from './http.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

const origin = () => listen(createServer((request, response) => response.end(`${request.headers.host} answers`)));

/** A proxy that knows one server by every name, and notes what it was asked for. */
async function proxy(port: number): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  const sockets: Socket[] = [];
  const server = createServer();
  server.on('connect', (request: IncomingMessage, socket: Socket) => {
    asked.push(request.url ?? '');
    const onward = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      onward.pipe(socket).pipe(onward);
    });
    for (const one of [socket, onward]) {
      one.on('error', () => undefined);
      sockets.push(one);
    }
  });
  const own = await listen(server);
  closing.unshift(async () => {
    for (const socket of sockets) socket.destroy();
  });
  return { url: `http://127.0.0.1:${own}`, asked };
}

function get(target: string, options: HttpOptions): Promise<string> {
  const transport = createHttpTransport(options);
  closing.unshift(() => transport.close());
  let text = '';
  return new Promise((resolve, reject) =>
    transport.send(
      { method: 'GET', origin: target, path: '/', headers: [] },
      {
        sent: () => undefined,
        head: () => undefined,
        data: (chunk) => {
          text += chunk.toString();
        },
        end: () => resolve(text),
        fail: reject,
      },
    ),
  );
}

describe('proxies', () => {
  it('are used where the environment names one', async () => {
    const { url, asked } = await proxy(await origin());
    expect(await get('http://far.example:80', { environment: { HTTP_PROXY: url } })).toMatch(/^far\.example/);
    expect(asked).toEqual(['far.example:80']);
  });

  it('are not used for hosts of NO_PROXY, nor ever for the loopback', async () => {
    const port = await origin();
    const { url, asked } = await proxy(port);
    expect(await get(`http://127.0.0.1:${port}`, { environment: { http_proxy: url } })).toMatch(/answers$/);
    const near = `http://0.0.0.0:${port}`;
    expect(await get(near, { environment: { HTTP_PROXY: url, NO_PROXY: '0.0.0.0' } })).toMatch(/answers$/);
    expect(asked).toEqual([]);
    expect(await get(near, { environment: { HTTP_PROXY: url, NO_PROXY: 'other' } })).toMatch(/answers$/);
    expect(asked).toEqual([`0.0.0.0:${port}`]);
  });
});
