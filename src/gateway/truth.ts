/** When the simulator really sent what, by the clock all processes of the machine share: one JSON line per request. */
import { createWriteStream } from 'node:fs';

export interface Truth {
  /** Id of the answer, as in its chunks; null where there was none. */
  id: string | null;
  sequence: number;
  /** 16 hex digits over the request's body: equal requests have equal ones. */
  request: string;
  model: string;
  status: number | null;
  fault: string | null;
  /** Milliseconds of `process.hrtime`, to the microsecond: CLOCK_MONOTONIC. */
  received: number;
  head: number | null;
  first: number | null;
  last: number | null;
  done: number | null;
  /** Text events sent. */
  events: number;
  /**
   * The books: tokens of the prompt, and of the answer as far as it went out, with the token that ends it. Null where
   * nothing was answered.
   */
  prompt_tokens: number | null;
  completion_tokens: number | null;
  /** What ended it: the script, or the client. */
  ending: 'sent' | 'fault' | 'aborted';
}

export interface TruthSink {
  write(truth: Truth): void;
  /** The last lines, as JSON Lines. */
  text(): string;
  close(): Promise<void>;
}

/** Lines kept in memory for `GET /__truth`. */
const kept = 100_000;

export function openTruth(path: string | undefined): TruthSink {
  const file = path === undefined ? undefined : createWriteStream(path, { flags: 'w' });
  const lines: string[] = [];
  return {
    write(truth) {
      const line = `${JSON.stringify(truth)}\n`;
      file?.write(line);
      lines.push(line);
      if (lines.length > kept) lines.splice(0, lines.length - kept);
    },
    text: () => lines.join(''),
    close: () => new Promise((resolve) => (file ? file.end(resolve) : resolve())),
  };
}
