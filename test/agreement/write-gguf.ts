/** Writes GGUF files for tests. */

export type Value =
  | { string: string }
  | { uint32: number }
  | { float32: number }
  | { bool: boolean }
  | { strings: readonly string[] }
  | { int32s: readonly number[] };

export interface Tensor {
  name: string;
  /** In ggml's order: the contiguous dimension first. */
  dimensions: readonly number[];
  /** Type number of GGUF. */
  type: number;
  bytes: Uint8Array;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function uint64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

function string(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([uint64(bytes.length), bytes]);
}

function encode(value: Value): Buffer {
  if ('string' in value) return Buffer.concat([uint32(8), string(value.string)]);
  if ('uint32' in value) return Buffer.concat([uint32(4), uint32(value.uint32)]);
  if ('bool' in value) return Buffer.concat([uint32(7), Buffer.from([value.bool ? 1 : 0])]);
  if ('float32' in value) return Buffer.concat([uint32(6), Buffer.from(Float32Array.of(value.float32).buffer)]);
  if ('strings' in value) {
    return Buffer.concat([uint32(9), uint32(8), uint64(value.strings.length), ...value.strings.map(string)]);
  }
  const items = Buffer.from(Int32Array.from(value.int32s).buffer);
  return Buffer.concat([uint32(9), uint32(5), uint64(value.int32s.length), items]);
}

const alignment = 32;
const pad = (length: number) => (alignment - (length % alignment)) % alignment;

/** A GGUF file (version 3). */
export function writeGguf(metadata: Record<string, Value>, tensors: readonly Tensor[]): Buffer {
  const keys = Object.entries(metadata).map(([key, value]) => Buffer.concat([string(key), encode(value)]));
  const infos: Buffer[] = [];
  const data: Buffer[] = [];
  let offset = 0;
  for (const { name, dimensions, type, bytes } of tensors) {
    infos.push(
      Buffer.concat([string(name), uint32(dimensions.length), ...dimensions.map(uint64), uint32(type), uint64(offset)]),
    );
    data.push(Buffer.from(bytes), Buffer.alloc(pad(bytes.length)));
    offset += bytes.length + pad(bytes.length);
  }
  const header = Buffer.concat([
    Buffer.from('GGUF'),
    uint32(3),
    uint64(tensors.length),
    uint64(keys.length),
    ...keys,
    ...infos,
  ]);
  return Buffer.concat([header, Buffer.alloc(pad(header.length)), ...data]);
}
