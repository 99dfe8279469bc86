import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { TtcError } from '../core/index.ts';
import { createHttpTransport, type HttpOptions } from './http.ts';
import { proxyFor } from './proxy.ts';

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

describe('variables of proxies', () => {
  const at = (origin: string, environment: Record<string, string>) => {
    try {
      return proxyFor(origin, environment);
    } catch (error) {
      return error as TtcError;
    }
  };
  it.each([
    ['127.0.0.1:3128', 'http://127.0.0.1:3128'],
    [' proxy.corp:8080 ', 'http://proxy.corp:8080'],
    ['proxy.corp', 'http://proxy.corp'],
    ['http://me:pw@proxy.corp:8080', 'http://me:pw@proxy.corp:8080'],
    ['', undefined],
  ])('%j', (value, proxy) => {
    expect(at('http://far.example', { HTTP_PROXY: value })).toBe(proxy);
    expect(at('https://far.example', { HTTPS_PROXY: value })).toBe(proxy);
  });

  it.each(['socks5h://me:secret-login@127.0.0.1:1080', 'socks4://x:1', ':::', 'ftp://proxy:21', 'http://'])(
    '%s: one line with help, where it would be used, without its login',
    (value) => {
      const error = at('http://far.example', { HTTP_PROXY: value }) as TtcError;
      expect(error).toMatchObject({
        code: 'E_CONNECT',
        message: expect.stringMatching(/^HTTP_PROXY /),
        help: expect.stringMatching(/NO_PROXY/),
      });
      expect(`${error.message}${error.help}`).not.toMatch(/secret-login|\n/);
      for (const near of ['http://127.0.0.1:8000', 'http://localhost:8000', 'http://[::1]:8000', 'http://127.1.2.3'])
        expect(at(near, { HTTP_PROXY: value })).toBeUndefined();
      expect(at('http://far.example', { HTTP_PROXY: value, NO_PROXY: 'far.example' })).toBeUndefined();
    },
  );

  it.each([
    ['*', true],
    ['far.example', true],
    ['.example', true],
    ['*.example', true],
    ['FAR.example, other', true],
    ['other far.example:443', true],
    ['far.example:80', false],
    ['ar.example', false],
    ['', false],
  ])('NO_PROXY=%s', (noProxy, isExcepted) => {
    const found = at('https://far.example', { HTTPS_PROXY: 'http://proxy:1', NO_PROXY: noProxy });
    expect(found === undefined).toBe(isExcepted);
  });

  it.each([
    ['10.1.2.3', '10.0.0.0/8', true],
    ['11.1.2.3', '10.0.0.0/8', false],
    ['10.1.2.3', '10.1.2.3', true],
    ['[fd00::1]', 'fd00::/8', true],
    ['10.1.2.3', '10.0.0.0/99', false],
  ])('NO_PROXY of %s by %s', (host, noProxy, isExcepted) => {
    const found = at(`http://${host}`, { http_proxy: 'proxy:1', no_proxy: noProxy });
    expect(found === undefined).toBe(isExcepted);
  });

  it('a transport to this machine never looks at them', async () => {
    const target = `http://127.0.0.1:${await origin()}`;
    for (const HTTP_PROXY of ['127.0.0.1:9', 'socks5h://127.0.0.1:1080', ':::'])
      expect(await get(target, { environment: { HTTP_PROXY } })).toMatch(/answers$/);
  });
});
