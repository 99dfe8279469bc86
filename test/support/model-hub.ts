/**
 * A server that behaves as the Hugging Face hub does: large files are promised with their SHA-256 (`X-Linked-Etag`) and
 * redirected to another host, which serves ranges; the list of a repository comes in pages.
 */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Asked {
  method: string;
  url: string;
  authorization: string | undefined;
  range: string | undefined;
}

export interface ModelHub extends AsyncDisposable {
  url: string;
  /** Requests to the hub, and to the host that it redirects to. */
  hub: Asked[];
  store: Asked[];
  /** Body bytes that the store has sent. */
  sent: number;
  /** The store falls silent after this many bytes of each answer. */
  silentAfter: number | undefined;
}

export interface Repository {
  /** `OWNER/REPO/path` → content. */
  files: Record<string, Buffer>;
  /** Only this token is let in. */
  token?: string;
  /** Promised instead of the true SHA-256. */
  promise?: string;
  /** Small files come from the hub itself, with the hash of git as their tag. */
  unlinked?: boolean;
}

const signature = 'Signature=a-secret-of-the-store';

export async function startModelHub(repository: Repository): Promise<ModelHub> {
  const { files, token, promise, unlinked = false } = repository;
  const state = { hub: [] as Asked[], store: [] as Asked[], sent: 0, silentAfter: undefined as number | undefined };
  const note = (list: Asked[], { method = '', url = '', headers }: IncomingMessage) =>
    list.push({ method, url, authorization: headers.authorization, range: headers.range });

  const store = createServer((request, response) => {
    note(state.store, request);
    const content = files[decodeURIComponent(request.url?.split('?')[0]?.slice(1) ?? '')] ?? Buffer.alloc(0);
    const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const body = content.subarray(from);
    response.writeHead(from > 0 ? 206 : 200, {
      'content-length': body.length,
      ...(from > 0 && { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` }),
    });
    const part = body.subarray(0, state.silentAfter ?? body.length);
    state.sent += part.length;
    response.write(part, () => part.length === body.length && response.end());
  });
  const storeUrl = await listen(store, 'localhost');

  const hub = createServer((request, response) => {
    note(state.hub, request);
    if (token !== undefined && request.headers.authorization !== `Bearer ${token}`) return answer(response, 401);
    const url = new URL(request.url ?? '/', 'http://hub');
    const listing = /^\/api\/models\/([^/]+\/[^/]+)\/tree\/[^/]+$/.exec(url.pathname)?.[1];
    if (listing !== undefined) return list(response, listing, url);
    const [, name, path] = /^\/([^/]+\/[^/]+)\/resolve\/[^/]+\/(.+)$/.exec(url.pathname) ?? [];
    const content = files[`${name}/${path}`];
    if (!content) return answer(response, 404);
    const sha256 = promise ?? createHash('sha256').update(content).digest('hex');
    if (unlinked) return answer(response, 200, { etag: '"0123456789012345678901234567890123456789"' }, content);
    answer(response, 302, {
      location: `${storeUrl}/${name}/${path}?${signature}`,
      'x-linked-etag': `"${sha256}"`,
      'x-linked-size': String(content.length),
      'x-repo-commit': 'f'.repeat(40),
    });
  });
  const list = (response: ServerResponse, name: string, url: URL) => {
    const paths = [
      'README.md',
      ...Object.keys(files).flatMap((file) => (file.startsWith(`${name}/`) ? [file.slice(name.length + 1)] : [])),
    ];
    if (paths.length === 1) return answer(response, 404);
    // one entry a page
    const page = Number(url.searchParams.get('cursor') ?? 0);
    const next = `<${hubUrl}${url.pathname}?recursive=true&cursor=${page + 1}>; rel="next"`;
    const body = Buffer.from(JSON.stringify([{ type: 'file', path: paths[page], size: 1 }]));
    answer(response, 200, { 'content-type': 'application/json', ...(page + 1 < paths.length && { link: next }) }, body);
  };
  const hubUrl = await listen(hub, '127.0.0.1');

  return Object.assign(state, {
    url: hubUrl,
    async [Symbol.asyncDispose]() {
      for (const server of [hub, store]) {
        server.closeAllConnections();
        await new Promise((done) => server.close(done));
      }
    },
  });
}

function answer(
  response: ServerResponse,
  status: number,
  headers: Record<string, string> = {},
  body: Buffer = Buffer.alloc(0),
) {
  response.writeHead(status, { 'content-length': String(body.length), ...headers });
  response.end(body);
}

/** Another name than that of the other server makes it another host, where both run on one machine. */
async function listen(server: ReturnType<typeof createServer>, host: string): Promise<string> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return `http://${host}:${(server.address() as AddressInfo).port}`;
}
