/**
 * Bytes to text. UTF-8, with or without a byte order mark; anything else is refused with its line and the likely name of
 * its encoding, because text in a wrong encoding changes prompts without a word.
 */
import { isUtf8 } from 'node:buffer';
import { type ErrorCode, TtcError } from './error.ts';
import { likelyEncoding } from './likely-encoding.ts';

export interface DecodingRules {
  /** How errors call the text: mostly its path. */
  name: string;
  /** Code of the errors. @default E_DATA */
  code?: ErrorCode;
}

/**
 * The text of bytes that were read. A byte order mark at the start, or at the start of a line (files that were joined),
 * is dropped; line ends stay as they are.
 * @throws TtcError (`code`) naming line, byte and likely encoding
 */
export function decodeText(bytes: Uint8Array, { name, code = 'E_DATA' }: DecodingRules): string {
  const other = otherThanText(bytes);
  if (other) {
    const { what, help = convert(what) } = other;
    throw new TtcError(code, `${name}, line 1: this is ${what}, not UTF-8`, { help });
  }
  if (!isUtf8(bytes)) throw notUtf8(bytes, name, code);
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  return text.includes('\uFEFF') ? text.replace(/(^|[\r\n])\uFEFF+/g, '$1') : text;
}

const convert = (encoding: string) =>
  `convert it: iconv -f ${encoding.split(' ')[0]} -t UTF-8, or save it as UTF-8 in the editor`;

/** How files begin that are no UTF-8. UTF-32 first: its mark begins as that of UTF-16 does. */
const marks: readonly { bytes: readonly number[]; what: string; help?: string }[] = [
  { bytes: [0xff, 0xfe, 0, 0], what: 'UTF-32LE' },
  { bytes: [0, 0, 0xfe, 0xff], what: 'UTF-32BE' },
  { bytes: [0xff, 0xfe], what: 'UTF-16LE' },
  { bytes: [0xfe, 0xff], what: 'UTF-16BE' },
  { bytes: [0x1f, 0x8b], what: 'a gzip archive', help: 'unpack it with gunzip' },
  { bytes: [0x50, 0x4b, 3, 4], what: 'a ZIP archive', help: 'unpack it with unzip' },
  { bytes: [0x28, 0xb5, 0x2f, 0xfd], what: 'a Zstandard archive', help: 'unpack it with unzstd' },
];

/** UTF-16 without a mark has a zero in every other byte of its ASCII characters. */
function otherThanText(bytes: Uint8Array): { what: string; help?: string } | undefined {
  const marked = marks.find((mark) => mark.bytes.every((byte, i) => bytes[i] === byte));
  if (marked) return marked;
  const start = bytes.subarray(0, 1000);
  const zeros = (parity: number) => start.filter((byte, i) => i % 2 === parity && byte === 0).length;
  const [even, odd] = [zeros(0), zeros(1)];
  const many = start.length / 20;
  if (odd > many && even === 0) return { what: 'UTF-16LE' };
  if (even > many && odd === 0) return { what: 'UTF-16BE' };
  return undefined;
}

/** Bytes from the first fault on that are looked at for the name of the encoding. */
const lookAt = 20_000;

function notUtf8(bytes: Uint8Array, name: string, code: ErrorCode): TtcError {
  const at = firstFault(bytes);
  const where = `${name}, line ${lineOf(bytes, at)}: the byte 0x${(bytes[at] as number).toString(16)} is not UTF-8`;
  const likely = likelyEncoding(bytes.subarray(at, at + lookAt));
  if (bytes.subarray(0, at).some((byte) => byte >= 0x80))
    return new TtcError(code, `${where}, while the characters before it are`, {
      help: `a character was cut in two, or a part of the file is in another encoding (${likely}?)`,
    });
  return new TtcError(code, `${where}; the file is probably ${likely}`, { help: convert(likely) });
}

/** Bytes that are checked at once before they are looked at one by one. */
const stride = 65_536;
const newline = 10;
const carriageReturn = 13;

/** The first byte that begins no UTF-8 character. */
function firstFault(bytes: Uint8Array): number {
  let at = 0;
  // Whole lines first: no character goes beyond one.
  for (let end = bytes.indexOf(newline, stride); end >= 0; end = bytes.indexOf(newline, at + stride)) {
    if (!isUtf8(bytes.subarray(at, end))) break;
    at = end;
  }
  while (at < bytes.length) {
    const byte = bytes[at] as number;
    const length = byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    if (length > 1 && !isUtf8(bytes.subarray(at, at + length))) return at;
    at += length;
  }
  return bytes.length - 1;
}

/** The line of a byte, counted from 1; a line ends with a newline, a carriage return, or both. */
function lineOf(bytes: Uint8Array, at: number): number {
  let line = 1;
  for (let i = 0; i < at; i++)
    if (bytes[i] === newline || (bytes[i] === carriageReturn && bytes[i + 1] !== newline)) line++;
  return line;
}
