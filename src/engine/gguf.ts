/**
 * Reader of GGUF files (versions 2 and 3). Everything is checked against the file's length before any native call:
 * ggml answers a wrong shape or a short tensor with abort().
 */
import { closeSync, fstatSync, openSync } from 'node:fs';
import { systemWords, TtcError } from '../core/index.ts';
import type { Gguf, Metadata, TensorInfo } from './gguf-contents.ts';
import { type Cursor, createCursor, type Fail, type MetadataValue, readExactly } from './gguf-cursor.ts';
import { joinParts } from './gguf-split.ts';
import { nameOfType, supportedTypes, tensorTypes } from './tensor-types.ts';

export type { Gguf, Metadata, TensorInfo } from './gguf-contents.ts';
export type { MetadataValue } from './gguf-cursor.ts';

const magic = 0x46554747; // "GGUF", little endian
const maxEntries = 100_000;

function readMetadata(cursor: Cursor, count: number): Record<string, MetadataValue> {
  const metadata: Record<string, MetadataValue> = Object.create(null);
  for (let i = 0; i < count; i++) {
    const key = cursor.string();
    metadata[key] = cursor.value(cursor.uint32());
  }
  return metadata;
}

function readTensorInfo(cursor: Cursor, fail: Fail): TensorInfo {
  const name = cursor.string();
  const rank = cursor.uint32();
  if (rank < 1 || rank > 4) fail(`tensor ${name} has ${rank} dimensions`);
  const dimensions = Array.from({ length: rank }, () => cursor.uint64('dimension'));
  const typeId = cursor.uint32();
  const offset = cursor.uint64('tensor offset');
  const type =
    tensorTypes.get(typeId) ??
    fail(`tensor ${name} has the type ${nameOfType(typeId)}, which is not supported`, `supported: ${supportedTypes()}`);
  const values = dimensions.reduce((product, length) => product * length, 1);
  const whole = Number.isSafeInteger(values) && values > 0 && (dimensions[0] as number) % type.values === 0;
  if (!whole) fail(`tensor ${name} has the shape [${dimensions}], which is not valid for ${type.name}`);
  return { name, dimensions, type, offset, bytes: (values / type.values) * type.bytes };
}

function readTensorInfos(cursor: Cursor, count: number, fail: Fail): Map<string, TensorInfo> {
  const tensors = new Map<string, TensorInfo>();
  for (let i = 0; i < count; i++) {
    const info = readTensorInfo(cursor, fail);
    if (tensors.has(info.name)) fail(`tensor ${info.name} appears twice`);
    tensors.set(info.name, info);
  }
  return tensors;
}

/** Where the data section starts, once every tensor is known to lie inside the file, after the one before it. */
function dataStart(header: number, metadata: Metadata, tensors: Map<string, TensorInfo>, size: number, fail: Fail) {
  const alignment = metadata['general.alignment'] ?? 32;
  if (typeof alignment !== 'number' || !(alignment > 0) || alignment % 8 !== 0) fail(`alignment ${alignment}`);
  const aligned = (bytes: number) => Math.ceil(bytes / (alignment as number)) * (alignment as number);
  const start = aligned(header);
  let next = 0;
  for (const { name, offset, bytes } of tensors.values()) {
    // Elsewhere lies another tensor: its bytes would be read as weights that are no numbers.
    if (offset !== next) fail(`tensor ${name} starts at ${offset}, the one before it makes it ${next}`);
    const end = start + offset + bytes;
    if (end > size) {
      fail(`tensor ${name} ends at ${end}, the file at ${size}`, 'the download is probably incomplete: fetch it again');
    }
    next = aligned(offset + bytes);
  }
  return start;
}

function parse(file: number, path: string, fail: Fail): Gguf {
  const { size } = fstatSync(file);
  if (size < 24) fail('too small for a GGUF file');
  const cursor = createCursor(file, size, fail);
  if (cursor.uint32() !== magic) fail('not a GGUF file', 'convert the model to GGUF first');
  const version = cursor.uint32();
  if (version !== 2 && version !== 3)
    fail(`GGUF version ${version} is not supported`, 'convert the model again, to version 3 and little-endian');
  const tensorCount = cursor.uint64('tensor count');
  const keyCount = cursor.uint64('metadata count');
  if (tensorCount > maxEntries || keyCount > maxEntries) {
    fail(`implausible counts: ${tensorCount} tensors, ${keyCount} metadata keys`);
  }
  const metadata = readMetadata(cursor, keyCount);
  const tensors = readTensorInfos(cursor, tensorCount, fail);
  const start = dataStart(cursor.offset, metadata, tensors, size, fail);
  return {
    path,
    metadata,
    tensors,
    read(name, from = 0, bytes) {
      const info = tensors.get(name) ?? fail(`no tensor ${name}`);
      return readExactly(file, start + info.offset + from, bytes ?? info.bytes - from, fail);
    },
    [Symbol.dispose]: () => closeSync(file),
  };
}

/**
 * Opens and checks a GGUF file; tensors are read on demand. A model in several files is opened by its first.
 * @throws E_MODEL when there is no such file, E_GGUF when it is damaged or not supported
 */
export function openGguf(path: string): Gguf {
  const gguf = openFile(path);
  return Number(gguf.metadata['split.count'] ?? 1) > 1 ? joinParts(gguf, openFile, failFor(path)) : gguf;
}

const failFor =
  (path: string): Fail =>
  (message, help = 'the file is damaged or cut short: fetch it again') => {
    throw new TtcError('E_GGUF', `${path}: ${message}`, { help });
  };

function openFile(path: string): Gguf {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (cause) {
    throw new TtcError('E_MODEL', `${path} cannot be opened: ${systemWords(cause)}`, { cause });
  }
  try {
    return parse(file, path, failFor(path));
  } catch (error) {
    closeSync(file);
    if (error instanceof TtcError) throw error;
    throw new TtcError('E_GGUF', `${path}: ${(error as Error).message}`, { cause: error });
  }
}
