/** One file over HTTP, resumed by range requests for as long as bytes keep coming. */
import { open } from 'node:fs/promises';
import { sizeOf } from './cache.ts';

export interface DownloadOptions {
  signal?: AbortSignal | undefined;
  /** Bytes on the disk so far. */
  onBytes?: (bytes: number) => void;
  /** Milliseconds until the answer has to begin. */
  answerTimeout?: number;
  /** Milliseconds the stream may be silent. */
  silenceTimeout?: number;
  /** @default fetch */
  request?: (url: string, init: { headers: Record<string, string>; signal: AbortSignal }) => Promise<Response>;
}

/** Streams that broke off in a row without a new byte. */
const maxFruitless = 3;

/**
 * Fills `part` up to `expected` bytes. Bytes already there are kept and the rest is asked for.
 * Throws where the server cannot be reached, refuses, promises another size, or breaks off time and again.
 */
export async function download(url: string, part: string, expected: number, options: DownloadOptions): Promise<void> {
  for (let fruitless = 0; ; ) {
    const before = await sizeOf(part);
    if (before === expected) return;
    const broken = await fetchRest(url, part, before > expected ? 0 : before, expected, options);
    if (options.signal?.aborted) throw options.signal.reason;
    fruitless = (await sizeOf(part)) > before ? 0 : fruitless + 1;
    if (broken && fruitless === maxFruitless) throw broken;
  }
}

/** Returns why the stream broke off, if it did. */
async function fetchRest(url: string, part: string, from: number, expected: number, options: DownloadOptions) {
  using watch = watchdog(options.signal);
  watch.allow(options.answerTimeout ?? 8_000, 'no answer');
  const headers: Record<string, string> = { 'accept-encoding': 'identity', 'user-agent': 'ttcbench' };
  if (from > 0) headers.range = `bytes=${from}-`;
  const response = await (options.request ?? fetch)(url, { headers, signal: watch.signal });
  const start = startOf(response, from);
  const length = response.headers.get('content-length');
  if (length !== null && start + Number(length) !== expected)
    throw new Error(`the file there has ${start + Number(length)} bytes, not ${expected}`);
  await using file = await open(part, start === 0 ? 'w' : 'r+');
  let position = start;
  for await (const chunk of unbroken(response)) {
    if (chunk instanceof Error) return chunk;
    watch.allow(options.silenceTimeout ?? 30_000, 'silence');
    if (position + chunk.length > expected) throw new Error(`the file there has more than ${expected} bytes`);
    await file.write(chunk, 0, chunk.length, position);
    position += chunk.length;
    options.onBytes?.(position);
  }
  return position < expected ? new Error(`the connection ended after ${position} of ${expected} bytes`) : undefined;
}

/** The body; where the connection breaks, its error is the last item: errors of the disk stay apart from it. */
async function* unbroken(response: Response): AsyncGenerator<Uint8Array | Error> {
  try {
    yield* response.body ?? [];
  } catch (error) {
    yield error as Error;
  }
}

/** First byte of the answer's body; servers may ignore the range. */
function startOf(response: Response, from: number): number {
  if (response.status === 200) return 0;
  const range = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '');
  if (response.status === 206 && Number(range?.[1]) === from) return from;
  throw new Error(`answered ${response.status} ${response.statusText}`.trim());
}

/** A signal that follows `parent` and fires when the last allowance runs out. */
function watchdog(parent?: AbortSignal): { signal: AbortSignal; allow(ms: number, what: string): void } & Disposable {
  const controller = new AbortController();
  const follow = () => controller.abort(parent?.reason);
  if (parent?.aborted) follow();
  parent?.addEventListener('abort', follow, { once: true });
  let timer: NodeJS.Timeout | undefined;
  return {
    signal: controller.signal,
    allow(ms, what) {
      clearTimeout(timer);
      timer = setTimeout(() => controller.abort(new Error(`${what} for ${ms / 1000} s`)), ms);
    },
    [Symbol.dispose]() {
      clearTimeout(timer);
      parent?.removeEventListener('abort', follow);
      controller.abort();
    },
  };
}
