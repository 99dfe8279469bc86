/** The file of a cassette: one that is there is gone on with, never overwritten. */
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  statSync,
  writeSync,
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
      writeSync(file, line);
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
    throw new TtcError('E_ARGUMENT', `${path} is there and is no cassette of ours`, { help });
  if (recorded.identity !== about.identity) {
    const what = `the cassette ${path} is a recording of ${recorded.identity}, not of ${about.identity}`;
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
    if (!statSync(path).isFile()) throw Object.assign(new Error(), { code: 'EISDIR' });
    const file = openSync(path, 'r');
    try {
      const start = Buffer.alloc(64 * 1024);
      const text = start.toString('utf8', 0, readSync(file, start, 0, start.length, 0));
      return text === '' ? undefined : (/^.*\n/.exec(text)?.[0] ?? text);
    } finally {
      closeSync(file);
    }
  } catch (cause) {
    throw new TtcError('E_ARGUMENT', `the cassette ${path} cannot be written: ${systemWords(cause)}`, { cause, help });
  }
}

function open(path: string, about: CassetteAbout): number {
  const file = openSync(path, 'a+');
  ftruncateSync(file, endOfLastLine(file));
  if (fstatSync(file).size === 0) writeSync(file, `${JSON.stringify(about)}\n`);
  return file;
}

function endOfLastLine(file: number): number {
  const block = Buffer.alloc(64 * 1024);
  for (let end = fstatSync(file).size; end > 0; end -= block.length) {
    const from = Math.max(0, end - block.length);
    const newline = block.subarray(0, readSync(file, block, 0, end - from, from)).lastIndexOf(10);
    if (newline >= 0) return from + newline + 1;
  }
  return 0;
}
