/** One attempt at one call: from the send to its record, whatever the server does. */
import { type Context, now, onAbort, type Part, TtcError, type Usage } from '../core/index.ts';
import type { Refusal } from './adapt.ts';
import { answerBody, type Body, decoded, type WordsBody, wordsBody } from './body.ts';
import { type CountText, countUsage } from './count.ts';
import { createDeadline, type Timeouts } from './deadline.ts';
import { type Cause, type Ending, endingOf, endReason, isGood, isOk } from './ending.ts';
import { failureOf, refusalOf } from './failure.ts';
import { createPartQueue, type PartQueue } from './part-queue.ts';
import { createReader, type ReaderOptions } from './reading.ts';
import { recordOf, type Seen } from './record.ts';
import type { Scrub } from './secrets.ts';
import { header } from './timings.ts';
import type { Exchange, Receiver, Transport, WireRequest } from './transport.ts';

export interface AttemptOptions {
  transport: Transport;
  request: WireRequest;
  /** The server's name in records and errors. */
  endpoint: string;
  timeouts: Timeouts;
  scrub: Scrub;
  /** The same for short fields of the answer. */
  clean: Scrub;
  requestWindow: 'minute' | 'day';
  /** Tokens of the prompt, for attempts whose usage never comes. */
  promptEstimate: number;
  countText?: CountText;
  /** How the answer is read. */
  reader?: ReaderOptions;
  /** What of the request was dropped or renamed for this server. */
  adapted?: readonly string[];
  /** The server refused the request: another attempt that may do better, or undefined where the refusal stands. */
  instead?(refusal: Refusal): AttemptOptions | undefined;
  /** @param fault whether the server failed; undefined where that cannot be told */
  onSettled(fault?: boolean): void;
}

/** Refusals that are about the request and not about the server. */
const ofRequest = new Set([400, 409, 413, 422]);

function faultOf(ending: Ending, status: number | undefined): boolean | undefined {
  if (isOk(ending)) return false;
  if (ending === 'aborted' || (ending === 'http_error' && ofRequest.has(status ?? 0))) return undefined;
  return true;
}

/** How long after [DONE] a body may go on until its socket is given up. */
const drainMilliseconds = 250;

/**
 * Starts at once. The record goes to `context.meter` exactly once, before the end part or the error is seen; a refused
 * attempt that gives way to another is a record of its own.
 */
export function startAttempt(
  options: AttemptOptions,
  context: Context,
  queue: PartQueue = createPartQueue(),
): AsyncIterator<Part, undefined> {
  const { endpoint, requestWindow, scrub, clean, adapted } = options;
  const intended = context.intended ?? now();
  const reader = createReader(queue.push, options.reader);
  const { reading } = reader;
  const seen: Seen = { headers: {}, reads: 0, resent: 0 };
  const deadline = createDeadline(options.timeouts, (cause) => settle(cause, now()));
  const watcher = { read: () => void seen.reads++, parsed };
  const cancel = () => settle('abort', now());
  let leaveSignal: (() => void) | undefined;
  let exchange: Exchange | undefined;
  let body: Body | undefined;
  let words: WordsBody | undefined;
  let progress = 0;
  let settled = false;
  let reported = false;
  /** Nothing more will come from the wire. */
  let over = false;
  let drain: NodeJS.Timeout | undefined;
  let refusal: Refusal | undefined;
  let successor: AsyncIterator<Part, undefined> | undefined;

  /** After each read: [DONE] and errors end the reading at once, other events move the deadline. */
  function parsed(at: bigint): void {
    if (settled || progress === reading.progress) return;
    progress = reading.progress;
    if (reading.doneAt !== undefined || reading.error) settle('done', at);
    else if (reading.first !== undefined) deadline.enter('gap');
  }

  function openBody(status: number): WordsBody {
    const type = header(seen.headers, 'content-type') ?? '';
    return isGood(status) ? answerBody(reader, watcher, type.toLowerCase()) : wordsBody();
  }

  /** Refused and unsent requests used nothing, nor did one whose connection closed before a byte of the answer. */
  function usageOf(ending: Ending): Usage | undefined | Promise<Usage> {
    if (ending === 'http_error' || seen.sentAt === undefined) return undefined;
    if (ending === 'reset' && seen.status === undefined) return undefined;
    const usage = countUsage(reading, options.promptEstimate, isOk(ending) ? options.countText : undefined);
    // Where the server does not count as it goes, only what came is known, and it may have written more by then.
    const isCounted = reading.isCounted && !(usage instanceof Promise) && usage.method === 'usage';
    if (ending === 'aborted' && reading.finish === undefined && !isCounted && !(usage instanceof Promise))
      return { ...usage, origin: 'estimate' };
    return usage;
  }

  function report(ending: Ending, at: bigint, usage: Usage | undefined, error: TtcError | undefined): void {
    context.meter.call(
      recordOf(reading, seen, { intended, endpoint, requestWindow, ending, at, usage, error, clean, adapted }),
    );
    reported = true;
    options.onSettled(faultOf(ending, seen.status));
    const instead = refusal && !context.signal.aborted ? options.instead?.(refusal) : undefined;
    if (instead) {
      successor = startAttempt(instead, { ...context, intended }, queue);
      return;
    }
    if (!error) queue.push({ type: 'end', at, reason: endReason(reading.finish, reading.toolCalls) });
    if (error) queue.close(error);
    else if (over) closeLater();
  }

  function errorOf(ending: Ending, cause: Error | undefined): TtcError | undefined {
    if (isOk(ending)) return undefined;
    if (cause instanceof TtcError) return cause;
    const { status, headers, reads } = seen;
    const { error, chunks, stray } = reading;
    const body = words?.words() ?? '';
    const facts = { endpoint, status, headers, reads, error, chunks, stray, cause, scrub, body };
    if (ending === 'http_error') refusal = refusalOf(facts);
    return failureOf(ending, facts);
  }

  function settle(cause: Cause, at: bigint, error?: Error): void {
    if (settled) return;
    settled = true;
    deadline.clear();
    leaveSignal?.();
    reader.end();
    const ending = endingOf(cause, reading, { status: seen.status, sent: seen.sentAt !== undefined });
    leave(ending === 'ok' || ending === 'ok_no_finish');
    const endedAt = isOk(ending) ? (reading.doneAt ?? reading.finishedAt ?? at) : at;
    const failure = errorOf(ending, error);
    const usage = usageOf(ending);
    if (usage instanceof Promise) void usage.then((counted) => report(ending, endedAt, counted, failure));
    else report(ending, endedAt, usage, failure);
  }

  /** A whole answer's body is read to its end, so that its socket can serve again; any other is cut off. */
  function leave(whole: boolean): void {
    if (over) return;
    if (whole) drain = setTimeout(cut, drainMilliseconds);
    else cut();
  }

  function cut(): void {
    exchange?.abort();
    finish();
  }

  function finish(): void {
    over = true;
    clearTimeout(drain);
    if (reported && !successor) closeLater();
  }

  /**
   * undici frees a socket one turn of the event loop after the answer's end. A caller that goes on before would open
   * another one: twice the sockets, and a handshake within the time to the first token.
   */
  function closeLater(): void {
    queueMicrotask(() => setImmediate(queue.close));
  }

  function push(chunk: Buffer, at: bigint): void {
    try {
      body?.push(chunk, at);
    } catch (error) {
      settle('bad-stream', at, error as Error);
    }
  }

  const receiver: Receiver = {
    sent(at) {
      seen.sentAt = at;
      if (!settled) deadline.enter('first-token');
    },
    connected(milliseconds) {
      seen.connect = milliseconds;
    },
    resent() {
      seen.resent++;
    },
    head(status, headers) {
      seen.status = status;
      seen.headers = headers;
      words = openBody(status);
      body = decoded(words, headers, (error) => settle('bad-stream', now(), error));
    },
    data(chunk, at) {
      if (!settled) push(chunk, at);
    },
    end(at) {
      over = true;
      if (settled || !body) finish();
      else
        body.end(at, (error) => {
          settle(error ? 'bad-stream' : 'end', at);
          finish();
        });
    },
    fail(error, at) {
      over = true;
      settle('fail', at, error);
      finish();
    },
  };

  function start(): void {
    leaveSignal = onAbort(context.signal, cancel);
    try {
      exchange = options.transport.send(options.request, receiver);
      if (over) exchange.abort();
    } catch (error) {
      receiver.fail(error as Error, now());
    }
  }

  if (context.signal.aborted) cancel();
  else start();
  return {
    next: queue.next,
    async return() {
      if (successor) return successor.return!();
      cancel();
      queue.close();
      return { value: undefined, done: true };
    },
  };
}
