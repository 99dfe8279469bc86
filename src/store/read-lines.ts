/** Lines of a file with their positions, one chunk in memory at a time. */
import { closeSync, openSync, readSync } from 'node:fs';

export interface Line {
  offset: number;
  /** Valid until the next line is asked for: who keeps it copies it. */
  bytes: Buffer;
}

const CHUNK = 1 << 20;
const NEWLINE = 10;

/**
 * Whole lines only, because what follows the last newline is torn or still being written; `rest` gives that too,
 * for files that people write. A missing file has no lines.
 */
export function* readLines(path: string, { rest = false } = {}): Generator<Line> {
  const file = openIfThere(path);
  if (file === undefined) return;
  try {
    let begun: Buffer[] = [];
    let offset = 0;
    const chunk = Buffer.allocUnsafe(CHUNK);
    for (;;) {
      const bytes = chunk.subarray(0, readSync(file, chunk, 0, CHUNK, null));
      if (bytes.length === 0) break;
      let from = 0;
      for (let to = bytes.indexOf(NEWLINE); to >= 0; to = bytes.indexOf(NEWLINE, from)) {
        const piece = bytes.subarray(from, to);
        const line = begun.length === 0 ? piece : Buffer.concat([...begun, piece]);
        yield { offset, bytes: line };
        offset += line.length + 1;
        begun = [];
        from = to + 1;
      }
      // A copy: the next piece of the file comes into the same bytes.
      if (from < bytes.length) begun.push(Buffer.from(bytes.subarray(from)));
    }
    if (rest && begun.some((piece) => piece.length > 0)) yield { offset, bytes: Buffer.concat(begun) };
  } finally {
    closeSync(file);
  }
}

function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
