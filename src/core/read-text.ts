/** The one way to read a text file that people wrote: of a stated size, and in UTF-8. */
import { readFileSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { type DecodingRules, decodeText } from './decode-text.ts';
import { TtcError } from './error.ts';
import { fileWords } from './near-files.ts';

/** The largest file that is read, in bytes: 200 MiB. (A text in Node ends at 512 MiB, and escaping may double it.) */
export const mostFileBytes = 200 * 2 ** 20;

export interface TextRules extends Partial<DecodingRules> {
  /** One sentence of help where the file cannot be read. */
  help?: string;
  /** Largest file in bytes. @default mostFileBytes */
  most?: number;
}

/**
 * Reads a text file or a pipe, whole, and decodes it as `decodeText` does.
 * @throws TtcError (`code`, E_DATA by default) where it cannot be read, is too large, or is not UTF-8
 */
export async function readText(path: string, rules: TextRules = {}): Promise<string> {
  const bytes = await readUpTo(path, rules.most ?? mostFileBytes).catch((cause) => {
    throw unreadable(path, rules, cause);
  });
  return decoded(path, rules, bytes);
}

/**
 * The same at once, for small files.
 * @returns undefined where there is no such file
 */
export function readTextIfThere(path: string, rules: TextRules = {}): string | undefined {
  let bytes: Uint8Array | undefined;
  try {
    bytes = statSync(path).size > (rules.most ?? mostFileBytes) ? undefined : readFileSync(path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw unreadable(path, rules, cause);
  }
  return decoded(path, rules, bytes);
}

function unreadable(path: string, rules: TextRules, cause: unknown): TtcError {
  const { name = path, code = 'E_DATA', help = 'paths are relative to the working directory' } = rules;
  return new TtcError(code, `${name} cannot be read: ${fileWords(path, cause)}`, { cause, help });
}

function decoded(path: string, rules: TextRules, bytes: Uint8Array | undefined): string {
  const { name = path, code = 'E_DATA', most = mostFileBytes } = rules;
  if (bytes) return decodeText(bytes, { name, code });
  throw new TtcError(code, `${name} holds more than ${sizeWords(most)}`, {
    help: 'split it into several files, or keep only the rows that are needed',
  });
}

const leastChunk = 65_536;
const mostChunk = 2 ** 26;

/** The content, or undefined where there is more than `most`. The size alone is not trusted: pipes and devices have none. */
async function readUpTo(path: string, most: number): Promise<Uint8Array | undefined> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    if (size > most) return undefined;
    const chunks: Uint8Array[] = [];
    for (let length = 0; length <= most; ) {
      const chunk = new Uint8Array(Math.max(leastChunk, Math.min(size - length + 1, mostChunk)));
      const { bytesRead } = await file.read(chunk, 0, chunk.length, null);
      if (bytesRead === 0) return Buffer.concat(chunks);
      chunks.push(chunk.subarray(0, bytesRead));
      length += bytesRead;
    }
    return undefined;
  } finally {
    await file.close();
  }
}

/** A size for people: bytes, or whole MiB. */
export const sizeWords = (bytes: number): string =>
  bytes < 2 ** 20 ? `${bytes} bytes` : `${Math.ceil(bytes / 2 ** 20)} MiB`;
