/** The body of an answer by its kind: a stream of events, one JSON answer, or words of an error. */
import { createBrotliDecompress, createGunzip, createInflate, constants as zlib } from 'node:zlib';
import { TtcError } from '../core/index.ts';
import type { Reader } from './reading.ts';
import { createSseParser } from './sse.ts';
import { type Headers, header } from './timings.ts';
import { isObject } from './usage.ts';
import { errorOf } from './wire-error.ts';

export interface Body {
  push(chunk: Buffer, at: bigint): void;
  /** The body ended: `done` is called when everything of it was read. */
  end(at: bigint, done: (error?: Error) => void): void;
}

const keptWords = 64 * 1024;

/** What a body tells the attempt: a new read of the socket, and that all it brought was parsed. */
export interface Watcher {
  read(): void;
  parsed(at: bigint): void;
}

export interface WordsBody extends Body {
  /** The start of the body as text, for errors. */
  words(): string;
}

/** A body that is not a stream: an error's words, or a web page. */
export function wordsBody(): WordsBody {
  const chunks: Buffer[] = [];
  let size = 0;
  return {
    push(chunk) {
      if (size < keptWords) chunks.push(chunk);
      size += chunk.length;
    },
    end: (_, done) => done(new Error('not a stream')),
    words: () => Buffer.concat(chunks).subarray(0, keptWords).toString('utf8'),
  };
}

/** Events. All callbacks of one socket read run before any microtask, so the flush in one gives one part per read. */
export function eventBody(reader: Reader, watcher: Watcher): WordsBody {
  let readAt: bigint | undefined;
  let partial = false;
  const parser = createSseParser({
    event: (data, name) => reader.event(data, name, readAt!, partial),
    comment: () => reader.comment(),
  });
  const flush = () => {
    const at = readAt!;
    readAt = undefined;
    reader.flush();
    watcher.parsed(at);
  };
  return {
    push(chunk, at) {
      if (readAt === undefined) {
        readAt = at;
        watcher.read();
        queueMicrotask(flush);
      }
      parser.push(chunk);
    },
    end(at, done) {
      readAt ??= at;
      partial = true;
      parser.end();
      done();
    },
    words: () => '',
  };
}

/** A server that ignored `stream: true`: the whole answer in one JSON body. */
export function jsonBody(reader: Reader, watcher: Watcher, maxBytes = 64 * 1024 * 1024): WordsBody {
  const chunks: Buffer[] = [];
  let size = 0;
  let last: bigint | undefined;
  return {
    push(chunk, at) {
      size += chunk.length;
      if (size > maxBytes) throw new TtcError('E_STREAM', `the answer is larger than ${maxBytes} bytes`);
      chunks.push(chunk);
      last = at;
      watcher.read();
    },
    end(at, done) {
      const body = parsed(Buffer.concat(chunks).toString('utf8'));
      if (body) reader.whole(body, last ?? at);
      done(body ? undefined : new Error('no chat answer'));
    },
    words: () => Buffer.concat(chunks).subarray(0, keptWords).toString('utf8'),
  };
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const body: unknown = JSON.parse(text);
    if (isObject(body) && (body.choices !== undefined || errorOf(body))) return body;
  } catch {}
  return undefined;
}

/** Events without `data:` around them: a JSON object a line. */
function linesBody(reader: Reader, watcher: Watcher): WordsBody {
  const events = eventBody(reader, watcher);
  const carry: Buffer[] = [];
  const newline = 10;
  const wrapped = (line: string) => (line.trim() === '' ? '' : `data: ${line.trim()}\n\n`);
  return {
    ...events,
    push(chunk, at) {
      const end = chunk.lastIndexOf(newline);
      carry.push(end === -1 ? chunk : chunk.subarray(0, end + 1));
      if (end === -1) return;
      const text = Buffer.concat(carry.splice(0)).toString('utf8');
      events.push(Buffer.from(text.split('\n').map(wrapped).join('')), at);
      if (end + 1 < chunk.length) carry.push(chunk.subarray(end + 1));
    },
    end(at, done) {
      if (carry.length > 0) events.push(Buffer.from(wrapped(Buffer.concat(carry).toString('utf8'))), at);
      events.end(at, done);
    },
  };
}

const startOfEvents = /^(?:data|event|id|retry)?:|^(?:data|event|id|retry)\r?\n/;

/** What a body is, by its first bytes: content types are often wrong. */
function kindOf(first: Buffer, type: string): 'events' | 'json' | 'lines' | 'words' {
  const start = first
    .toString('utf8', 0, 64)
    .replace(/^\ufeff/, '')
    .trimStart();
  if (start === '') return type.includes('json') ? 'json' : 'events';
  if (startOfEvents.test(start) || (start.length < 6 && /^(d|e|i|r)/.test(start))) return 'events';
  if (start[0] === '<' || type.includes('text/html')) return 'words';
  if (/ndjson|jsonl|json-seq|json-lines|stream\+json/.test(type)) return 'lines';
  if (start[0] === '{' || type.includes('application/json')) return 'json';
  // An event stream may begin with fields that nobody knows; words without a colon are none.
  const mayBeField = !/^[a-z]/i.test(start) || /^[^\n]*:/.test(start);
  return type.includes('event-stream') && mayBeField ? 'events' : 'words';
}

const bodies = { events: eventBody, json: jsonBody, lines: linesBody, words: wordsBody };

/** `data`, as nearly every answer begins. */
const isData = (chunk: Buffer): boolean =>
  chunk.length > 5 &&
  chunk[0] === 0x64 &&
  chunk[1] === 0x61 &&
  chunk[2] === 0x74 &&
  chunk[3] === 0x61 &&
  chunk[4] === 0x3a;

/** The body of an answer with a good status. */
export function answerBody(reader: Reader, watcher: Watcher, type: string): WordsBody {
  let inner: WordsBody | undefined;
  return {
    push(chunk, at) {
      if (chunk.length === 0) return;
      inner ??= bodies[isData(chunk) ? 'events' : kindOf(chunk, type)](reader, watcher);
      inner.push(chunk, at);
    },
    end(at, done) {
      inner ??= eventBody(reader, watcher);
      inner.end(at, done);
    },
    words: () => inner?.words() ?? '',
  };
}

const decoders: Record<string, () => ReturnType<typeof createGunzip>> = {
  gzip: () => createGunzip({ flush: zlib.Z_SYNC_FLUSH, finishFlush: zlib.Z_SYNC_FLUSH }),
  deflate: () => createInflate({ flush: zlib.Z_SYNC_FLUSH, finishFlush: zlib.Z_SYNC_FLUSH }),
  br: () => createBrotliDecompress() as unknown as ReturnType<typeof createGunzip>,
};

/** A body compressed although identity was asked for. Text carries the stamp of the last read before it came out. */
export function decoded(inner: Body, headers: Headers, onError: (error: Error) => void): Body {
  const encoding = header(headers, 'content-encoding')?.trim().toLowerCase();
  const open = encoding === undefined ? undefined : decoders[encoding];
  if (!open) return inner;
  const stream = open();
  let last = 0n;
  stream.on('data', (chunk: Buffer) => {
    try {
      inner.push(chunk, last);
    } catch (error) {
      onError(error as Error);
    }
  });
  stream.on('error', onError);
  return {
    push(chunk, at) {
      last = at;
      stream.write(chunk);
    },
    end(at, done) {
      stream.once('end', () => inner.end(at, done));
      stream.end();
    },
  };
}
