/**
 * Q4_1 without loss as two parts: a weight is d·q + m with q in 0 … 15, so it is d·(q − 8) + (m + 8d). The first part
 * is byte for byte a Q4_0 tensor (same d, same nibbles), for which ggml has repacked kernels; the second is one
 * number per block, which meets the sum of the block's 32 inputs. Requantising instead would cost agreement
 * (205 of 267 tokens as Q4_0; the split: 260; two builds of llama.cpp with each other: 261).
 */
import { tableOfHalves } from './half.ts';

const valuesPerBlock = 32;
const halvesPerQ41Block = 10; // d, m, 16 bytes of nibbles
const halvesPerQ40Block = 9; // d, 16 bytes of nibbles

let halves: Float32Array | undefined;

export interface SplitMatrix {
  /** Q4_0 blocks, row by row. */
  q40: Uint8Array<ArrayBuffer>;
  /** m + 8d of each block as [inputs / 32][outputs]. */
  correction: Float32Array<ArrayBuffer>;
}

/** Splits a Q4_1 matrix of `outputs` rows of `inputs` values. */
export function splitQ41(bytes: Uint8Array<ArrayBuffer>, inputs: number, outputs: number): SplitMatrix {
  const source = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2);
  const blocksPerRow = inputs / valuesPerBlock;
  const blocks = outputs * blocksPerRow;
  const target = new Uint16Array(blocks * halvesPerQ40Block);
  const correction = new Float32Array(blocks);
  halves ??= tableOfHalves();
  for (let block = 0; block < blocks; block++) {
    const from = block * halvesPerQ41Block;
    const to = block * halvesPerQ40Block;
    const scale = source[from] as number;
    target[to] = scale;
    for (let i = 1; i < halvesPerQ40Block; i++) target[to + i] = source[from + 1 + i] as number;
    const row = Math.floor(block / blocksPerRow);
    const column = block - row * blocksPerRow;
    correction[column * outputs + row] = (halves[source[from + 1] as number] as number) + 8 * (halves[scale] as number);
  }
  return { q40: new Uint8Array(target.buffer), correction };
}
