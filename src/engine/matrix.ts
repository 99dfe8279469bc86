/** One matrix of weights as a graph multiplies with it. */
import type { Pointer } from './ffi.ts';
import type { KernelLayout, Part } from './weight-store.ts';

/** y = W·x, for a split Q4_1 matrix plus correction · (block sums of x). */
export interface Matrix {
  weight: Pointer;
  /** Type in the file. */
  type: string;
  inputs: number;
  /** Unused ones included. */
  outputs: number;
  /** Bytes of the weights of one output, as the type counts them. */
  rowBytes: number;
  /** Bytes from one row of products to the next. */
  stride: number;
  layout: Layout;
  /** What it is in its layer, such as `ffn_down.weight`. */
  role: string;
  /** Layout, type and size: matrices of one kind cost the same. */
  kind: string;
  /** The weights of some outputs, without a copy. */
  part(part: Part): Pointer;
  /** F32 [outputs × inputs / 32], present on split matrices. */
  correction?: Pointer;
}

/** Where a matrix lies: in a kernel's own order, split (Q4_1 in REPACK), or as in the file. */
export type Layout = KernelLayout | 'split' | 'plain';
