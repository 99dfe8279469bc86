/**
 * Reader of safetensors files (Hugging Face, format of 2022): 8 bytes with the header's length, a JSON header with the
 * type, shape and place of each tensor, then their data without gaps. Everything is checked against the file's length.
 */
import { closeSync, fstatSync, openSync } from 'node:fs';
import { TtcError } from '../core/index.ts';
import { type Fail, readExactly } from './gguf-cursor.ts';

export interface StoredTensor {
  name: string;
  /** As the file calls it: `F32`, `F16`, `I64` … */
  type: string;
  /** Outermost dimension first, as in PyTorch; ggml counts the other way round. */
  shape: readonly number[];
  /** Bytes from the start of the data, and their number. */
  offset: number;
  bytes: number;
}

export interface Safetensors extends Disposable {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** The bytes of a tensor that the file has. */
  read(name: string): Uint8Array<ArrayBuffer>;
}

const maxHeaderBytes = 16 * 2 ** 20;

const bytesPerValue = new Map([
  ...['I8', 'U8', 'BOOL'].map((type) => [type, 1] as const),
  ...['F16', 'BF16', 'I16'].map((type) => [type, 2] as const),
  ...['F32', 'I32'].map((type) => [type, 4] as const),
  ...['F64', 'I64'].map((type) => [type, 8] as const),
]);

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function readEntry(name: string, entry: unknown, fail: Fail): StoredTensor {
  const { dtype: type, shape, data_offsets: place } = Object(entry) as Record<string, unknown>;
  const width = bytesPerValue.get(type as string);
  if (width === undefined) fail(`tensor ${name} has the type ${JSON.stringify(type)}, which is not known`);
  if (!Array.isArray(shape) || !shape.every(isCount)) fail(`tensor ${name} has no valid shape`);
  if (!Array.isArray(place) || place.length !== 2 || !place.every(isCount)) fail(`tensor ${name} has no valid place`);
  const [offset, end] = place as [number, number];
  const bytes = (shape as number[]).reduce((product, length) => product * length, width as number);
  if (end - offset !== bytes) fail(`tensor ${name} needs ${bytes} bytes and has ${end - offset}`);
  return { name, type: type as string, shape: shape as number[], offset, bytes };
}

function readHeader(file: number, size: number, fail: Fail): { start: number; tensors: Map<string, StoredTensor> } {
  if (size < 10) fail('too small for a safetensors file');
  const length = Number(readExactly(file, 0, 8, fail).readBigUInt64LE());
  if (length > maxHeaderBytes || 8 + length > size) fail(`a header of ${length} bytes in a file of ${size}`);
  const text = readExactly(file, 8, length, fail).toString('utf8');
  const header: unknown = JSON.parse(text);
  if (header === null || typeof header !== 'object' || Array.isArray(header)) fail('its header is no JSON object');
  const tensors = new Map<string, StoredTensor>();
  for (const [name, entry] of Object.entries(header as object)) {
    if (name !== '__metadata__') tensors.set(name, readEntry(name, entry, fail));
  }
  return { start: 8 + length, tensors };
}

/** No gap, no overlap, nothing after the end: so a name that stands twice in the header is noticed as well. */
function checkPlaces(tensors: Iterable<StoredTensor>, dataBytes: number, fail: Fail): void {
  let end = 0;
  for (const { name, offset, bytes } of [...tensors].sort((a, b) => a.offset - b.offset || a.bytes - b.bytes)) {
    if (offset !== end) fail(`tensor ${name} starts at ${offset}, the one before it ends at ${end}`);
    end = offset + bytes;
  }
  if (end !== dataBytes) fail(`tensors end at ${end}, the data at ${dataBytes}: fetch the file again`);
}

function parse(file: number, fail: Fail): Safetensors {
  const { size } = fstatSync(file);
  const { start, tensors } = readHeader(file, size, fail);
  checkPlaces(tensors.values(), size - start, fail);
  return {
    tensors,
    read(name) {
      const { offset, bytes } = tensors.get(name) ?? fail(`no tensor ${name}`);
      return readExactly(file, start + offset, bytes, fail);
    },
    [Symbol.dispose]: () => closeSync(file),
  };
}

/**
 * Opens and checks a safetensors file; tensors are read on demand.
 * @throws E_ENCODER where it is missing or damaged
 */
export function openSafetensors(path: string): Safetensors {
  const fail: Fail = (message, help) => {
    throw new TtcError('E_ENCODER', `${path}: ${message}`, { help });
  };
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (cause) {
    return fail((cause as Error).message);
  }
  try {
    return parse(file, fail);
  } catch (error) {
    closeSync(file);
    if (error instanceof TtcError) throw error;
    return fail((error as Error).message);
  }
}
