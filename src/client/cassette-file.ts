/** The file of a cassette: one that is there is gone on with, never overwritten. */
import {
  accessSync,
  appendFileSync,
  closeSync,
  constants,
  existsSync,
  fstatSync,
  openSync,
  readSync,
  statSync,
  truncateSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { systemWords, TtcError } from '../core/index.ts';
import type { CassetteAbout } from './cassette.ts';
import { parseLine } from './replay.ts';

export interface CassetteFile {
  /** Appends a line that ends in its newline. The first one opens the file: before, not a byte of it changes. */
  write(line: string): void;
  close(): void;
}

const help = 'give another --record';

/**
 * Only looks: a file that is absent or empty gets `about` as its first line with the first recording; one of the same
 * identity is appended to, without a last line that a crash cut.
 * @throws TtcError E_ARGUMENT for a place that cannot be written, a recording of something else, and any other file
 */
export function openCassetteFile(path: string, about: CassetteAbout): CassetteFile {
  check(path, about);
  let file: number | undefined;
  return {
    write(line) {
      file ??= open(path, about);
      appendFileSync(file, line);
    },
    close() {
      if (file !== undefined) closeSync(file);
      file = undefined;
    },
  };
}

function check(path: string, about: CassetteAbout): void {
  const first = firstLine(path);
  if (first === undefined || isCutHeader(first)) return;
  const recorded = parseLine(first);
  if (!recorded || 'tag' in recorded)
    throw new TtcError('E_ARGUMENT', `${path} is there and is no recording of ours`, { help });
  if (recorded.identity !== about.identity) {
    const what = `${path} is a recording of ${recorded.identity}, not of ${about.identity}`;
    throw new TtcError('E_ARGUMENT', what, { help: `${help}, or delete the old one` });
  }
}

/** Without its newline nothing was recorded yet. */
const isCutHeader = (text: string) => !text.endsWith('\n') && text.startsWith('{"schema":1,"backend":');

/** With its newline, where it has one. Undefined where there is nothing; the place is one that can be written. */
function firstLine(path: string): string | undefined {
  try {
    accessSync(existsSync(path) ? path : dirname(path), constants.W_OK);
    if (!existsSync(path)) return undefined;
    if (!statSync(path).isFile()) throw new Error('it is no regular file');
    const file = openSync(path, 'r');
    try {
      const start = Buffer.alloc(64 * 1024);
      const text = start.toString('utf8', 0, readSync(file, start, 0, start.length, 0));
      return text === '' ? undefined : (/^.*\n/.exec(text)?.[0] ?? text);
    } finally {
      closeSync(file);
    }
  } catch (cause) {
    throw new TtcError('E_ARGUMENT', `the recording ${path} cannot be written: ${systemWords(cause)}`, { cause, help });
  }
}

function open(path: string, about: CassetteAbout): number {
  const isThere = existsSync(path);
  const end = isThere ? endOfLastLine(path) : 0;
  // By its name: a file that is open for appending cannot be cut on Windows.
  if (isThere) truncateSync(path, end);
  const file = openSync(path, 'a');
  if (end === 0) appendFileSync(file, `${JSON.stringify(about)}\n`);
  return file;
}

function endOfLastLine(path: string): number {
  const file = openSync(path, 'r');
  try {
    return endOfLines(file);
  } finally {
    closeSync(file);
  }
}

function endOfLines(file: number): number {
  const block = Buffer.alloc(64 * 1024);
  for (let end = fstatSync(file).size; end > 0; end -= block.length) {
    const from = Math.max(0, end - block.length);
    const newline = block.subarray(0, readSync(file, block, 0, end - from, from)).lastIndexOf(10);
    if (newline >= 0) return from + newline + 1;
  }
  return 0;
}
