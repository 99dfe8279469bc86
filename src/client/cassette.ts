/** Recorded answers: the bytes of each socket read with their times, one JSON line per attempt. No request is kept. */
import { elapsed, now } from '../core/index.ts';
import { isGood } from './ending.ts';
import { createMask } from './secrets.ts';
import { type Headers, header } from './timings.ts';
import type { Receiver, Transport } from './transport.ts';

/** Text where the read is valid UTF-8. */
export type RecordedBytes = string | { base64: string };

export interface Recording {
  schema: 1;
  tag: string;
  /** Whether the request got onto a socket. */
  sent: boolean;
  status: number | null;
  headers: Record<string, string>;
  /** Milliseconds after the send. */
  headAt: number;
  reads: [at: number, bytes: RecordedBytes][];
  /** `cut`: the client left. */
  ending: 'end' | 'fail' | 'cut';
  endAt: number;
  message?: string;
}

/** First line of a cassette: what was recorded. */
export interface CassetteAbout {
  schema: 1;
  backend: string;
  model: string;
  provider: string;
  capabilities: readonly string[];
  identity: string;
  /** Where they are not as usual: how answers are read. */
  reasoning?: 'keep';
  echoes?: true;
  recorded: string;
}

/** Everything else (cookies, request ids, organisations) is personal or noise. */
const keptHeaders =
  /^(content-type|content-encoding|retry-after(-ms)?|x-ratelimit-.*|.*-(processing-ms|time)|fireworks-.*)$/;

function headersToKeep(headers: Headers): Record<string, string> {
  const names = Object.keys(headers).filter((name) => keptHeaders.test(name));
  return Object.fromEntries(names.map((name) => [name, header(headers, name) ?? '']));
}

function toText(bytes: Buffer): RecordedBytes {
  const text = bytes.toString('utf8');
  return Buffer.from(text).equals(bytes) ? text : { base64: bytes.toString('base64') };
}

/** Masks over the joined reads, so that a secret cut by a read boundary is found too. */
function masked(reads: readonly Buffer[], mask: (text: string) => string): Buffer[] {
  const clean = Buffer.from(mask(Buffer.concat(reads).toString('latin1')), 'latin1');
  let to = 0;
  return reads.map((read) => {
    to += read.length;
    return clean.subarray(to - read.length, to);
  });
}

export interface RecordingOptions {
  write(line: string): void;
  secrets: readonly (string | undefined)[];
  /** Ends the session: the calls that it cuts are made again by the next one, so they are left out. */
  signal?: AbortSignal;
}

/** A transport that writes what comes back through `write`, one line per request that has a tag. */
export function recordingTransport(inner: Transport, { write, secrets, signal }: RecordingOptions): Transport {
  function tap(receiver: Receiver, tag: string) {
    const started = now();
    const times: number[] = [];
    const chunks: Buffer[] = [];
    const recording: Recording = {
      schema: 1,
      tag,
      sent: false,
      status: null,
      headers: {},
      headAt: 0,
      reads: [],
      ending: 'cut',
      endAt: 0,
    };
    let written = false;
    const since = (at: bigint) => elapsed(started, at);
    function close(ending: Recording['ending'], at: bigint, message?: string): void {
      if (written) return;
      written = true;
      if (ending === 'cut' && signal?.aborted) return;
      const isError = recording.status === null || !isGood(recording.status);
      const mask = createMask(secrets, isError);
      recording.reads = masked(chunks, mask).map((bytes, i) => [times[i]!, toText(bytes)]);
      Object.assign(recording, { ending, endAt: since(at), ...(message ? { message: mask(message) } : {}) });
      write(`${JSON.stringify(recording)}\n`);
    }
    const tapped: Receiver = {
      connected: (milliseconds) => receiver.connected?.(milliseconds),
      resent: () => receiver.resent?.(),
      sent(at) {
        recording.sent = true;
        receiver.sent(at);
      },
      head(status, headers, at) {
        Object.assign(recording, { status, headers: headersToKeep(headers), headAt: since(at) });
        receiver.head(status, headers, at);
      },
      data(chunk, at) {
        times.push(since(at));
        chunks.push(chunk);
        receiver.data(chunk, at);
      },
      end(at) {
        close('end', at);
        receiver.end(at);
      },
      fail(error, at) {
        close('fail', at, error.message);
        receiver.fail(error, at);
      },
    };
    return { tapped, cut: () => close('cut', now()) };
  }

  return {
    ...inner,
    send(request, receiver) {
      if (!request.tag) return inner.send(request, receiver);
      const { tapped, cut } = tap(receiver, request.tag());
      const exchange = inner.send(request, tapped);
      return {
        abort() {
          cut();
          exchange.abort();
        },
      };
    },
  };
}
