/** How a download shows itself: a bar on a terminal, at most one line per 10 % elsewhere. Standard output stays free. */
import cliProgress from 'cli-progress';
import { plainText } from '../core/plain-text.ts';
import type { Progress } from '../models/index.ts';

export interface PullProgress {
  onProgress(progress: Progress): void;
  onNote(sentence: string): void;
  /** Call it once the download ended, however it did. */
  stop(): void;
}

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;

export function pullProgress(stream: NodeJS.WriteStream = process.stderr): PullProgress {
  return stream.isTTY ? bar(stream) : lines(stream);
}

function lines(stream: NodeJS.WritableStream): PullProgress {
  let shown = '';
  return {
    onProgress({ bytes, total, source }) {
      const tenth = Math.floor((10 * bytes) / total);
      if (shown === `${source} ${tenth}`) return;
      shown = `${source} ${tenth}`;
      stream.write(`${tenth * 10} % of ${megabytes(total)} from ${source}\n`);
    },
    onNote: (sentence) => stream.write(`${plainText(sentence)}\n`),
    stop() {},
  };
}

function bar(stream: NodeJS.WriteStream): PullProgress {
  let current: { bar: cliProgress.SingleBar; source: string } | undefined;
  const stop = () => {
    current?.bar.stop();
    current = undefined;
  };
  return {
    onProgress({ bytes, total, source }) {
      if (current?.source !== source) {
        stop();
        const format = '{bar} {percentage} % of {size}, {eta_formatted} left, from {source}';
        current = { bar: new cliProgress.SingleBar({ format, stream, hideCursor: true }), source };
        current.bar.start(total, 0, { size: megabytes(total), source });
      }
      current.bar.update(bytes);
    },
    onNote(sentence) {
      stop();
      stream.write(`${plainText(sentence)}\n`);
    },
    stop,
  };
}
