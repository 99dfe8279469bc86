/** What a GGUF file holds. */
import type { MetadataValue } from './gguf-cursor.ts';
import type { TensorType } from './tensor-types.ts';

export type Metadata = Readonly<Record<string, MetadataValue | undefined>>;

export interface TensorInfo {
  name: string;
  /** Lengths in ggml's order: the contiguous dimension first. */
  dimensions: readonly number[];
  type: TensorType;
  /** Bytes from the start of the data section. */
  offset: number;
  bytes: number;
}

export interface Gguf extends Disposable {
  readonly path: string;
  readonly metadata: Metadata;
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  /** The bytes of a tensor that the file has, or so many of them from one on. */
  read(name: string, from?: number, bytes?: number): Uint8Array<ArrayBuffer>;
}
