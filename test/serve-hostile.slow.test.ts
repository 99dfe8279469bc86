/** Thirty hostile requests, each refused with a code of its own, while others are served. */
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OpenedModel } from '../src/serve/index.ts';
import { endless, openScripted, post, serving, until } from './support/serving.ts';

const folder = mkdtempSync(join(tmpdir(), 'ttcbench-hostile-'));
let model: OpenedModel;
let narrow: OpenedModel;
beforeAll(async () => {
  model = await openScripted(endless, folder, 'talker');
  narrow = await openScripted(endless, folder, 'narrow', 1);
});
afterAll(async () => {
  await model?.[Symbol.asyncDispose]();
  await narrow?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const good = { model: 'talker', messages: [{ role: 'user', content: 'go on' }], max_tokens: 4, temperature: 0 };
const slow = { ...good, model: 'narrow' };
const key = 'a-key-for-tests';
const authorization = { authorization: `Bearer ${key}` };

/** What comes back on a bare socket. */
function raw(url: string, text: string | Buffer, keepsOpen = false): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    let heard = '';
    socket.on('data', (data) => {
      heard += data.toString('latin1');
    });
    socket.on('close', () => resolve(heard));
    socket.on('error', (error: NodeJS.ErrnoException) =>
      error.code === 'ECONNRESET' || error.code === 'EPIPE' ? resolve(heard) : reject(error),
    );
    socket.write(text);
    if (!keepsOpen) socket.end();
  });
}

const head = (more: string, path = '/v1/chat/completions') =>
  `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${key}\r\ncontent-type: application/json\r\n${more}\r\n`;

const nested = (depth: number) => `{"model":"talker","messages":${'['.repeat(depth)}${']'.repeat(depth)}}`;

type Hostile = [name: string, send: (url: string) => Promise<[status: number, code: string | undefined]>];

const answered = async (response: Response): Promise<[number, string | undefined]> => {
  const body = (await response.json()) as { error?: { code?: string } };
  return [response.status, body.error?.code];
};
const sent = async (url: string, body: unknown, headers: Record<string, string> = authorization) =>
  answered(await post(url, body, headers));
const heard = (text: string): [number, string | undefined] => [
  Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 0),
  /"code":"(\w+)"/.exec(text)?.[1],
];
const field = (name: string, value: unknown): ((url: string) => Promise<[number, string | undefined]>) => {
  return (url) => sent(url, { ...good, [name]: value });
};

const hostile: [...Hostile, status: number, code: string | undefined][] = [
  ['a body above the limit', (url) => sent(url, { ...good, user: 'x'.repeat(70_000) }), 413, 'request_too_large'],
  [
    'a body above the limit without a length',
    async (url) => {
      const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
      return heard(await raw(url, `${head('transfer-encoding: chunked\r\n')}${chunk}${chunk}`, true));
    },
    413,
    'request_too_large',
  ],
  ['half a JSON', (url) => sent(url, '{"model":"talker"'), 400, 'invalid_json'],
  ['an empty body', (url) => sent(url, ''), 400, 'invalid_json'],
  ['an array', (url) => sent(url, '[]'), 400, undefined],
  ['bad UTF-8', (url) => sent(url, Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d])), 400, 'invalid_utf8'],
  ['deep nesting', (url) => sent(url, nested(20_000)), 400, 'nested_too_deep'],
  ['nesting that is just too deep', (url) => sent(url, nested(100)), 400, 'nested_too_deep'],
  ['no key', (url) => sent(url, good, {}), 401, 'invalid_api_key'],
  ['a wrong key', (url) => sent(url, good, { authorization: 'Bearer a-key-for-testz' }), 401, 'invalid_api_key'],
  ['a long key', (url) => sent(url, good, { authorization: `Bearer ${'k'.repeat(8000)}` }), 401, 'invalid_api_key'],
  [
    'another type',
    (url) => sent(url, good, { ...authorization, 'content-type': 'text/plain' }),
    415,
    'unsupported_media_type',
  ],
  [
    'another path',
    async (url) => answered(await fetch(`${url}/../../etc/passwd`, { headers: authorization })),
    404,
    'unknown_url',
  ],
  [
    'another method',
    async (url) => answered(await fetch(`${url}/chat/completions`, { method: 'DELETE', headers: authorization })),
    405,
    'method_not_allowed',
  ],
  ['an unknown model', field('model', '__proto__'), 404, 'model_not_found'],
  ['no messages', field('messages', []), 400, undefined],
  ['100,000 messages', field('messages', new Array(20_000).fill(0)), 400, undefined],
  ['a strange role', field('messages', [{ role: 'root', content: 'x' }]), 400, undefined],
  [
    'a picture',
    field('messages', [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'file:///etc/passwd' } }] }]),
    400,
    undefined,
  ],
  ['a huge n', field('n', 1_000_000), 400, undefined],
  ['a fraction of n', field('n', 1.5), 400, undefined],
  ['more tokens than there is context', field('max_tokens', 16_000_000), 400, 'context_length_exceeded'],
  [
    'a prompt longer than the context',
    field('messages', [{ role: 'user', content: 'x'.repeat(50_000) }]),
    400,
    'context_length_exceeded',
  ],
  ['a negative limit', field('max_tokens', -1), 400, undefined],
  ['a temperature of a million', field('temperature', 1e6), 400, undefined],
  ['an empty stop string', field('stop', ['']), 400, undefined],
  ['a thousand stop strings', field('stop', new Array(1000).fill('x')), 400, undefined],
  ['a field of no server', field('__proto__x', 1), 400, 'unsupported_parameter'],
  [
    'a tool for a model without tools',
    field('tools', [{ type: 'function', function: { name: 'rm' } }]),
    400,
    'unsupported_parameter',
  ],
  ['a schema for the answer', field('response_format', { type: 'json_schema' }), 400, 'unsupported_parameter'],
  [
    'a flood of headers',
    async (url) => heard(await raw(url, head(`x-flood: ${'y'.repeat(40_000)}\r\n`))),
    431,
    'headers_too_large',
  ],
  [
    'a thousand headers of a hundred bytes',
    async (url) =>
      heard(await raw(url, head(Array.from({ length: 1000 }, (_, i) => `x-${i}: ${'y'.repeat(90)}\r\n`).join('')))),
    431,
    'headers_too_large',
  ],
  ['no HTTP at all', async (url) => heard(await raw(url, '\x16\x03\x01\x02\x00\x01\x00\r\n\r\n')), 400, 'invalid_http'],
  [
    'two lengths',
    async (url) => heard(await raw(url, `${head('content-length: 5\r\ncontent-length: 6\r\n')}{}`)),
    400,
    'invalid_http',
  ],
  [
    'a slow body',
    async (url) => heard(await raw(url, `${head('content-length: 100\r\n')}{"mod`, true)),
    408,
    'request_timeout',
  ],
  [
    'a slow head',
    async (url) => heard(await raw(url, 'POST /v1/chat/completions HTTP/1.1\r\nhost: 127', true)),
    408,
    'request_timeout',
  ],
];

describe('hostile requests', () => {
  it('are refused one by one, and good ones are answered all the while', async () => {
    await using server = await serving([model], { key, mostBody: 65_536, headersTimeout: 500, requestTimeout: 900 });
    let isOver = false;
    const others = (async () => {
      const statuses = new Set<number>();
      while (!isOver) {
        const response = await post(server.url, good, authorization);
        statuses.add(response.status);
        expect(
          ((await response.json()) as { choices: [{ message: { content: string } }] }).choices[0].message.content,
        ).toBe('abab');
      }
      return statuses;
    })();
    const seen: Record<string, unknown> = {};
    for (const [name, send] of hostile) seen[name] = await send(server.url);
    isOver = true;
    expect(await others).toEqual(new Set([200]));
    expect(seen).toEqual(Object.fromEntries(hostile.map(([name, , status, code]) => [name, [status, code]])));
    expect(hostile.length).toBeGreaterThanOrEqual(30);
    // What the model was never asked is on no bill.
    for (const entry of server.entries.filter(({ outcome }) => outcome !== 'ok'))
      expect(entry).toMatchObject({ outcome: 'refused', prompt_tokens: 0, completion_tokens: 0 });
  });

  it('a thousand connections that say nothing hold nobody up, and are closed', async () => {
    await using server = await serving([model], { headersTimeout: 2000 });
    const { hostname, port } = new URL(server.url);
    let closed = 0;
    const sockets = await Promise.all(
      Array.from(
        { length: 1000 },
        () =>
          new Promise<Socket>((resolve, reject) => {
            const socket = connect(Number(port), hostname, () => resolve(socket));
            socket.on('error', reject);
            socket.on('close', () => closed++);
            socket.resume();
            socket.write('GET /');
          }),
      ),
    );
    const response = await post(server.url, good);
    expect(response.status).toBe(200);
    await until(() => closed === sockets.length);
    expect((await post(server.url, good)).status).toBe(200);
  });

  it('a request for a name of a web page’s own is refused where there is no key', async () => {
    await using server = await serving([model]);
    const text = await raw(server.url, 'GET /v1/models HTTP/1.1\r\nhost: rebound.example\r\nconnection: close\r\n\r\n');
    expect(heard(text)).toEqual([403, 'host_not_allowed']);
    await expect(serving([model], { host: '0.0.0.0' })).rejects.toMatchObject({ code: 'E_ARGUMENT' });
  });

  it('more than run and wait get 429 and a time, and cost nothing', async () => {
    await using server = await serving([narrow], { maxQueue: 1 });
    const running = Array.from({ length: 2 }, () => post(server.url, { ...slow, max_tokens: 300 }));
    const metrics = async () => (await fetch(server.url.replace('/v1', '/metrics'))).text();
    while (!/answers_waiting\{model="narrow"\} 1/.test(await metrics()));
    const late = await post(server.url, slow);
    expect(late.status).toBe(429);
    expect(Number(late.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    for (const response of await Promise.all(running)) expect(response.status).toBe(200);
    expect(await metrics()).toContain('ttcbench_refused_total{status="429",code="queue_full"} 1');
  });

  it('a client that goes while it waits costs no pass', async () => {
    await using server = await serving([narrow], { maxQueue: 4 });
    const running = post(server.url, { ...slow, max_tokens: 600 });
    const metrics = async () => (await fetch(server.url.replace('/v1', '/metrics'))).text();
    while (!/answers_running\{model="narrow"\} 1/.test(await metrics()));
    const leaver = new AbortController();
    const waiting = post(server.url, slow, {}, leaver.signal).catch(() => 'gone');
    while (!/answers_waiting\{model="narrow"\} 1/.test(await metrics()));
    leaver.abort();
    expect(await waiting).toBe('gone');
    await until(() => server.entries.length === 1);
    expect(server.entries[0]).toMatchObject({ outcome: 'cancelled', completion_tokens: 0 });
    expect((await running).status).toBe(200);
  });
});
