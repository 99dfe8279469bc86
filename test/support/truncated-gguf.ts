/** A model file cut down to its first layers: the same embedding, norm, head and tokenizer after fewer blocks. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const scalarBytes: Record<number, number> = { 0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8 };
const stringType = 8;
const arrayType = 9;

/** Walks a GGUF header. */
function createWalker(file: Buffer) {
  let at = 0;
  const move = (bytes: number) => {
    at += bytes;
    return at - bytes;
  };
  const uint32 = () => file.readUInt32LE(move(4));
  const uint64 = () => Number(file.readBigUInt64LE(move(8)));
  const string = () => {
    const length = uint64();
    const start = move(length);
    return file.toString('utf8', start, start + length);
  };
  function skip(type: number): void {
    if (type === stringType) string();
    else if (type === arrayType) {
      const inner = uint32();
      const count = uint64();
      for (let i = 0; i < count; i++) skip(inner);
    } else move(scalarBytes[type] as number);
  }
  return { uint32, uint64, string, skip, move, at: () => at };
}

/** Writes the first `layers` layers of the model at `path` to a temporary file and gives its path. */
export function truncateGguf(path: string, layers: number): string {
  const file = Buffer.from(readFileSync(path));
  const walker = createWalker(file);
  walker.move(8);
  const tensors = walker.uint64();
  const keys = walker.uint64();
  let alignment = 32;
  for (let i = 0; i < keys; i++) {
    const key = walker.string();
    const type = walker.uint32();
    const start = walker.at();
    walker.skip(type);
    if (key.endsWith('.block_count')) file.writeUInt32LE(layers, start);
    if (key === 'general.alignment') alignment = file.readUInt32LE(start);
  }
  const infos = walker.at();
  const kept: Buffer[] = [];
  for (let i = 0; i < tensors; i++) {
    const start = walker.at();
    const name = walker.string();
    const rank = walker.uint32();
    walker.move(rank * 8 + 4 + 8);
    const block = /^blk\.(\d+)\./.exec(name)?.[1];
    if (block === undefined || Number(block) < layers) kept.push(file.subarray(start, walker.at()));
  }
  file.writeBigUInt64LE(BigInt(kept.length), 8);
  const round = (bytes: number) => Math.ceil(bytes / alignment) * alignment;
  const header = Buffer.concat([file.subarray(0, infos), ...kept]);
  const padding = Buffer.alloc(round(header.length) - header.length);
  const target = join(mkdtempSync(join(tmpdir(), 'ttcbench-gguf-')), `first-${layers}-layers.gguf`);
  // Offsets count from the start of the data, which stays whole.
  writeFileSync(target, Buffer.concat([header, padding, file.subarray(round(walker.at()))]));
  return target;
}
