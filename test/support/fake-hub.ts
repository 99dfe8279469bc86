/** A file server with scripted faults, for tests of downloads. It counts what it sends. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface FakeHub extends AsyncDisposable {
  url: string;
  /** Range header of each request, in order; `null` where there was none. */
  ranges: (string | null)[];
  /** Body bytes handed to the socket, over all requests. */
  sent: number;
}

export interface Answer {
  content?: Buffer;
  status?: number;
  /** Take no notice of the range. */
  ignoreRange?: boolean;
  /** Send no content-length. */
  chunked?: boolean;
  /** Reset the connection after this many body bytes. */
  resetAfter?: number;
  /** Send this many body bytes, then nothing more. */
  silentAfter?: number;
  /** Never answer. */
  mute?: boolean;
}

/** `script` is asked per request (counted from 0). */
export async function startFakeHub(script: (request: number) => Answer): Promise<FakeHub> {
  const hub = { ranges: [] as (string | null)[], sent: 0 };
  const server = createServer((request, response) => {
    const answer = script(hub.ranges.length);
    hub.ranges.push(request.headers.range ?? null);
    if (!answer.mute) send(request, response, answer, hub);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return Object.assign(hub, {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  });
}

function send(request: IncomingMessage, response: ServerResponse, answer: Answer, hub: { sent: number }): void {
  const { content = Buffer.alloc(0), status = 200 } = answer;
  const from = answer.ignoreRange ? 0 : Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
  const body = content.subarray(from);
  const headers: Record<string, string | number> = answer.chunked ? {} : { 'content-length': body.length };
  if (from > 0) headers['content-range'] = `bytes ${from}-${content.length - 1}/${content.length}`;
  response.writeHead(from > 0 && status === 200 ? 206 : status, headers);
  const end = answer.resetAfter ?? answer.silentAfter ?? body.length;
  const part = body.subarray(0, end);
  hub.sent += part.length;
  response.write(part, () => {
    if (answer.resetAfter !== undefined) request.socket.resetAndDestroy();
    else if (answer.silentAfter === undefined) response.end();
  });
}
