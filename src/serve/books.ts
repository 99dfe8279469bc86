/** The server's own books: a JSON line for each request, so that what clients count can be checked to the token. */
import { createWriteStream, openSync } from 'node:fs';
import { systemWords, TtcError } from '../core/index.ts';
import type { Entry } from './bill.ts';

export interface Books {
  write(entry: Entry): void;
  close(): Promise<void>;
}

/** @throws E_ARGUMENT where the file cannot be opened */
export function openBooks(file: string | undefined): Books {
  if (file === undefined) return { write: () => undefined, close: async () => undefined };
  let fd: number;
  try {
    fd = openSync(file, 'a');
  } catch (cause) {
    throw new TtcError('E_ARGUMENT', `--books ${file} cannot be written: ${systemWords(cause)}`, { cause });
  }
  const stream = createWriteStream('', { fd });
  // A full disk ends the books, not the answers.
  stream.on('error', () => undefined);
  return {
    write: (entry) => void stream.write(`${JSON.stringify(entry)}\n`),
    close: () => new Promise((resolve) => stream.end(() => resolve())),
  };
}
