/**
 * A checksum as the last field of a line of JSON. Damage often leaves valid JSON behind: of 150 single flipped bits 47
 * changed a report and nothing else. A line stays plain JSON, so other programs read it as before.
 */
import { crc32 } from 'node:zlib';

const opening = ',"crc":"';
const DIGITS = 8;
/** Bytes of `,"crc":"0123abcd"}`. */
const SEAL = opening.length + DIGITS + 2;

const hex = (checksum: number): string => checksum.toString(16).padStart(DIGITS, '0');

/** The line with a CRC-32 of its bytes before this field. @param line JSON of an object with at least one field */
export function sealed(line: string): string {
  const body = line.slice(0, -1);
  return `${body}${opening}${hex(crc32(body))}"}`;
}

/** A line's object, or why there is none. `isSealed` is false where the line has no checksum: older versions wrote none. */
export type ReadLine = { value: unknown; isSealed: boolean } | { problem: string };

/**
 * What is in a line. Its checksum, where it has one, fits; the field itself is left out.
 * @param seal where it is known already
 */
export function readSealed(bytes: Buffer, seal: Seal = sealOf(bytes)): ReadLine {
  if (seal === 'broken') return { problem: brokenSeal };
  try {
    const text = seal === 'none' ? bytes.toString('utf8') : `${bytes.toString('utf8', 0, bytes.length - SEAL)}}`;
    return { value: JSON.parse(text), isSealed: seal === 'whole' };
  } catch {
    return { problem: 'no JSON' };
  }
}

export const brokenSeal = 'its checksum does not fit: the line was damaged, or edited by hand';

/** Whether a line is as it was written. */
export type Seal = 'whole' | 'broken' | 'none';

const openingBytes = Buffer.from(opening);
const closingBytes = Buffer.from('"}');

/** Reads no JSON, and makes no texts: it is asked of every line of a run. */
export function sealOf(bytes: Buffer): Seal {
  const end = bytes.length - SEAL;
  if (end <= 0 || !stands(openingBytes, bytes, end)) return 'none';
  const isClosed = stands(closingBytes, bytes, bytes.length - closingBytes.length);
  const digits = end + opening.length;
  return isClosed && standsInHex(crc32(bytes.subarray(0, end)), bytes, digits) ? 'whole' : 'broken';
}

function stands(expected: Buffer, bytes: Buffer, at: number): boolean {
  for (let i = 0; i < expected.length; i++) if (bytes[at + i] !== expected[i]) return false;
  return true;
}

const hexDigits = Buffer.from('0123456789abcdef');

function standsInHex(checksum: number, bytes: Buffer, at: number): boolean {
  for (let i = 0; i < DIGITS; i++)
    if (bytes[at + i] !== hexDigits[(checksum >>> (4 * (DIGITS - 1 - i))) & 15]) return false;
  return true;
}

const documentSeal = /,\n {2}"crc": "([0-9a-f]{8})"\n\}\n$/;

/** The same for a file that holds one object, indented by two spaces. @param value with at least one field */
export function sealedDocument(value: object): string {
  const body = JSON.stringify(value, null, 2).slice(0, -2);
  return `${body},\n  "crc": "${hex(crc32(body))}"\n}\n`;
}

/** Whether a document is as it was written. `none`: it has no checksum where a writer puts it. */
export function documentSealOf(text: string): Seal {
  const found = documentSeal.exec(text);
  if (!found) return 'none';
  return hex(crc32(text.slice(0, found.index))) === found[1] ? 'whole' : 'broken';
}
