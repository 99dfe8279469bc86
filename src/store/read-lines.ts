/** Lines of a file with their positions, one chunk in memory at a time. */
import { closeSync, openSync, readSync } from 'node:fs';
import { cannotRead } from './system-errors.ts';

export interface Line {
  offset: number;
  /** Valid until the next line is asked for: who keeps it copies it. Of a line that is too long its first bytes. */
  bytes: Buffer;
  /** Longer than any line of ours: it is not read. */
  isTooLong?: true;
  /** It has no end: a write that was cut off, or one that is going on. */
  isTorn?: true;
}

const CHUNK = 1 << 20;
const NEWLINE = 10;

/**
 * No trial comes near it. A line of 200 MB takes gigabytes once it is parsed, and the process dies without a word.
 */
export const longestLine = 64 << 20;
const KEPT_OF_TOO_LONG = 1000;

export const tooLong = `the line is longer than ${longestLine >> 20} MiB`;

/**
 * Whole lines only, because what follows the last newline is torn or still being written; `rest` gives that too,
 * for files that people write. A missing file has no lines.
 * @throws E_JOURNAL where the system refuses to read: a folder, no right, no file handle left
 */
export function* readLines(path: string, { rest = false } = {}): Generator<Line> {
  const file = openIfThere(path);
  if (file === undefined) return;
  try {
    const begun = startLine();
    const chunk = Buffer.allocUnsafe(CHUNK);
    let offset = 0;
    for (;;) {
      const bytes = readChunk(path, file, chunk);
      if (bytes.length === 0) break;
      let from = 0;
      for (let to = bytes.indexOf(NEWLINE); to >= 0; to = bytes.indexOf(NEWLINE, from)) {
        const piece = bytes.subarray(from, to);
        from = to + 1;
        if (begun.length() === 0) {
          yield { offset, bytes: piece };
          offset += piece.length + 1;
          continue;
        }
        begun.add(piece);
        const length = begun.length();
        yield { offset, ...begun.take() };
        offset += length + 1;
      }
      // A copy: the next piece of the file comes into the same bytes.
      if (from < bytes.length) begun.add(Buffer.from(bytes.subarray(from)));
    }
    if (rest && begun.length() > 0) yield { offset, ...begun.take(), isTorn: true };
  } finally {
    closeSync(file);
  }
}

/** A line in pieces. Of one that gets too long nothing is kept but its first bytes. */
function startLine() {
  let pieces: Buffer[] = [];
  let length = 0;
  return {
    length: () => length,
    add(piece: Buffer): void {
      const wasTooLong = length > longestLine;
      length += piece.length;
      if (length <= longestLine) pieces.push(piece);
      else if (!wasTooLong) pieces = [Buffer.from((pieces[0] ?? piece).subarray(0, KEPT_OF_TOO_LONG))];
    },
    take(): Pick<Line, 'bytes' | 'isTooLong'> {
      const bytes = pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces);
      const line = length > longestLine ? { bytes, isTooLong: true as const } : { bytes };
      pieces = [];
      length = 0;
      return line;
    },
  };
}

function readChunk(path: string, file: number, chunk: Buffer): Buffer {
  try {
    return chunk.subarray(0, readSync(file, chunk, 0, CHUNK, null));
  } catch (error) {
    throw cannotRead(path, error);
  }
}

function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw cannotRead(path, error);
  }
}
