/** Sequential reading of a GGUF header: a window into the file that grows on demand and never beyond the file. */
import { readSync } from 'node:fs';

/** Raises E_GGUF for the file at hand. */
export type Fail = (message: string, help?: string) => never;
export type MetadataValue = string | number | boolean | MetadataValue[];

export interface Cursor {
  readonly offset: number;
  uint32(): number;
  /** A count or length; beyond 2^53 it cannot be true. */
  uint64(what: string): number;
  string(): string;
  /** A metadata value of this GGUF value type. */
  value(type: number): MetadataValue;
}

const maxHeaderBytes = 256 * 2 ** 20;
const stringType = 8;
const arrayType = 9;

/** Readers of scalar value types: [bytes, reader]. Types 8 and 9 are strings and arrays. */
const scalars: Record<number, readonly [number, (bytes: Buffer, at: number) => number | bigint | boolean]> = {
  0: [1, (bytes, at) => bytes.readUInt8(at)],
  1: [1, (bytes, at) => bytes.readInt8(at)],
  2: [2, (bytes, at) => bytes.readUInt16LE(at)],
  3: [2, (bytes, at) => bytes.readInt16LE(at)],
  4: [4, (bytes, at) => bytes.readUInt32LE(at)],
  5: [4, (bytes, at) => bytes.readInt32LE(at)],
  6: [4, (bytes, at) => bytes.readFloatLE(at)],
  7: [1, (bytes, at) => bytes.readUInt8(at) !== 0],
  10: [8, (bytes, at) => bytes.readBigUInt64LE(at)],
  11: [8, (bytes, at) => bytes.readBigInt64LE(at)],
  12: [8, (bytes, at) => bytes.readDoubleLE(at)],
};

/** Node refuses to read 2 GiB or more at once. */
const mostPerRead = 2 ** 30;

/** @param read reads once, as `readSync` does */
export function readExactly(
  file: number,
  position: number,
  length: number,
  fail: Fail,
  read: typeof readSync = readSync,
): Buffer<ArrayBuffer> {
  const bytes = Buffer.from(new ArrayBuffer(length));
  for (let got = 0; got < length; ) {
    const count = read(file, bytes, got, Math.min(mostPerRead, length - got), position + got);
    if (count === 0) fail('the file ended while it was read');
    got += count;
  }
  return bytes;
}

export function createCursor(file: number, size: number, fail: Fail): Cursor {
  let window: Buffer = Buffer.alloc(0);
  let offset = 0;

  /** Moves past `length` bytes and gives where they start in the window. */
  function take(length: number): number {
    const start = offset;
    const end = start + length;
    if (!(length >= 0) || end > size) {
      fail(`truncated or corrupt: ${length} bytes wanted at offset ${start}, the file has ${size}`);
    }
    if (end > maxHeaderBytes) fail(`the header is larger than ${maxHeaderBytes} bytes`);
    if (end > window.length) {
      const wanted = Math.min(size, Math.max(end, window.length * 2, 2 ** 22));
      window = Buffer.concat([window, readExactly(file, window.length, wanted - window.length, fail)]);
    }
    offset = end;
    return start;
  }

  function uint32(): number {
    const at = take(4);
    return window.readUInt32LE(at);
  }

  function uint64(what: string): number {
    const at = take(8);
    const value = window.readBigUInt64LE(at);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) fail(`${what} is out of range: ${value}`);
    return Number(value);
  }

  function string(): string {
    const length = uint64('string length');
    const at = take(length);
    return window.toString('utf8', at, at + length);
  }

  function array(depth: number): MetadataValue[] {
    if (depth > 2) fail('arrays are nested too deeply');
    const type = uint32();
    const length = uint64('array length');
    // The smallest element takes one byte.
    if (length > size - offset) fail(`an array of ${length} elements cannot fit into the file`);
    return Array.from({ length }, () => value(type, depth));
  }

  function value(type: number, depth = 0): MetadataValue {
    if (type === stringType) return string();
    if (type === arrayType) return array(depth + 1);
    const [bytes, read] = scalars[type] ?? fail(`unknown metadata type ${type}`);
    const at = take(bytes);
    const scalar = read(window, at);
    return typeof scalar === 'bigint' ? Number(scalar) : scalar;
  }

  return {
    get offset() {
      return offset;
    },
    uint32,
    uint64,
    string,
    value: (type) => value(type),
  };
}
