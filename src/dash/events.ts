/** Server-sent events: "the rows of this run changed". They never carry data, so a page that is slow misses nothing. */
import type { ServerResponse } from 'node:http';
import { revisionOf } from './find-runs.ts';
import { Refusal } from './refusal.ts';

const mostStreams = 50;
/** Milliseconds between two looks at the files. */
const interval = 500;
/** Bytes that a client may leave unread. */
const mostWaiting = 64 << 10;
/** Looks without a change until a comment shows that the stream is alive. */
const looksToBeat = 30;

interface Stream {
  folder: string;
  revision: string;
  out: ServerResponse;
  quiet: number;
}

export function createEvents() {
  const streams = new Set<Stream>();
  let timer: NodeJS.Timeout | undefined;
  let number = 0;

  function look(): void {
    const seen = new Map<string, string>();
    for (const stream of streams) {
      const { folder, out } = stream;
      if (out.writableLength > mostWaiting) {
        out.destroy();
        continue;
      }
      const revision = seen.get(folder) ?? revisionOf(folder);
      seen.set(folder, revision);
      if (revision !== stream.revision) {
        stream.revision = revision;
        stream.quiet = 0;
        out.write(`id: ${++number}\nevent: rows\ndata: changed\n\n`);
      } else if (++stream.quiet % looksToBeat === 0) out.write(': alive\n\n');
    }
  }

  return {
    /**
     * @param known revision that the client has; where it is another one, the first look tells
     * @param begin writes the head
     * @throws Refusal 503 where there are too many
     */
    add(folder: string, known: string | undefined, out: ServerResponse, begin: () => void): void {
      if (streams.size >= mostStreams)
        throw new Refusal(503, `there are ${mostStreams} streams already: close a page of the dashboard`);
      begin();
      const stream: Stream = { folder, revision: known ?? revisionOf(folder), out, quiet: 0 };
      streams.add(stream);
      out.once('close', () => {
        streams.delete(stream);
        if (streams.size > 0) return;
        clearInterval(timer);
        timer = undefined;
      });
      out.write('retry: 2000\n\n');
      timer ??= setInterval(look, interval);
    },
    close(): void {
      clearInterval(timer);
      for (const { out } of streams) out.end();
    },
  };
}
