/** Chat servers that are not ours: what they list, how they answer, how they treat their sockets. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export type ChatBody = Record<string, unknown> & { messages: { role: string; content: string }[] };

export interface ForeignOptions {
  models?: (request: IncomingMessage, response: ServerResponse) => void;
  chat?: (body: ChatBody, response: ServerResponse, about: { isProbe: boolean; chats: number }) => void | Promise<void>;
}

export interface ForeignServer {
  /** Base URL. */
  url: string;
  port: number;
  seen: { models: number; probes: number; chats: number; bodies: ChatBody[]; headers: IncomingMessage['headers'][] };
  close(): Promise<void>;
}

export const sse = (data: unknown): string => `data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`;
export const chunk = (delta: object, finish: string | null = null, more: object = {}): string =>
  sse({
    id: 'c1',
    object: 'chat.completion.chunk',
    model: 'm',
    choices: [{ index: 0, delta, finish_reason: finish }],
    ...more,
  });
export const usage = (prompt: number, completion: number): string =>
  sse({
    choices: [],
    usage: { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion },
  });

export function stream(
  response: ServerResponse,
  events: readonly string[],
  headers: Record<string, string> = {},
): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', ...headers });
  response.end(events.join(''));
}

export function json(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

export const listed = (...ids: string[]): object => ({
  object: 'list',
  data: ids.map((id) => ({ id, object: 'model', owned_by: 'me' })),
});

const numbers = 'One, two, three, four, five, six, seven, eight, nine, ten, eleven, twelve'.split(/(?=,)/);

/** An answer as any server gives it: the numbers that the probes ask for. */
export function plainAnswer(body: ChatBody, response: ServerResponse): void {
  const count = Number(body.max_tokens ?? body.max_completion_tokens ?? 8);
  const said = numbers.slice(0, count);
  if (body.stream !== true) {
    const message = { role: 'assistant', content: said.join('') };
    json(response, 200, { choices: [{ index: 0, message, finish_reason: 'stop' }] });
    return;
  }
  const words = said.map((content) => chunk({ content }));
  stream(response, [
    chunk({ role: 'assistant', content: '' }),
    ...words,
    chunk({}, 'stop'),
    usage(20, said.length),
    sse('[DONE]'),
  ]);
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const piece of request) text += piece;
  return text;
}

export const listen = (server: Server | import('node:net').Server): Promise<number> =>
  new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)));

export async function startForeign({ models, chat = plainAnswer }: ForeignOptions = {}): Promise<ForeignServer> {
  const seen: ForeignServer['seen'] = { models: 0, probes: 0, chats: 0, bodies: [], headers: [] };
  const server = createServer(async (request, response) => {
    const text = await textOf(request);
    seen.headers.push(request.headers);
    if (request.method === 'GET') {
      seen.models++;
      return models ? models(request, response) : json(response, 200, listed('m'));
    }
    const body = JSON.parse(text) as ChatBody;
    const isProbe = text.includes('Count from one to twenty');
    seen[isProbe ? 'probes' : 'chats']++;
    seen.bodies.push(body);
    await chat(body, response, { isProbe, chats: seen.chats });
  });
  const port = await listen(server);
  return {
    url: `http://127.0.0.1:${port}/v1`,
    port,
    seen,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

export interface RawServer {
  url: string;
  /** Requests and sockets so far. */
  seen: { requests: number; sockets: number };
  close(): Promise<void>;
}

/**
 * A server on bare sockets.
 * @param answer what a request gets, whole: undefined breaks the connection. `used`: requests of this socket so far
 */
export async function startRaw(
  answer: (about: { isList: boolean; used: number; requests: number; socket: Socket }) => string | undefined,
): Promise<RawServer> {
  const { createServer: createSocketServer } = await import('node:net');
  const seen = { requests: 0, sockets: 0 };
  const sockets = new Set<Socket>();
  const server = createSocketServer((socket) => {
    seen.sockets++;
    sockets.add(socket);
    let used = 0;
    let text = '';
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (piece) => {
      text += piece;
      const head = text.indexOf('\r\n\r\n');
      const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0);
      if (head === -1 || text.length < head + 4 + length) return;
      const isList = text.startsWith('GET');
      text = '';
      used++;
      seen.requests++;
      const said = answer({ isList, used, requests: seen.requests, socket });
      if (said === undefined) socket.resetAndDestroy();
      else socket.write(said);
    });
  });
  const port = await listen(server);
  return {
    url: `http://127.0.0.1:${port}/v1`,
    seen,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** An answer on a bare socket, which stays open. */
export function rawAnswer(body: string, type = 'text/event-stream'): string {
  const size = Buffer.byteLength(body).toString(16);
  return `HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\nTransfer-Encoding: chunked\r\n\r\n${size}\r\n${body}\r\n0\r\n\r\n`;
}
