/** A sequence's K and V memory as tensors of a graph: rows are written to their slots, filled slots are read. */
import { type Builder, floatBytes } from './builder.ts';
import type { Pointer } from './ffi.ts';
import type { Segment } from './plan.ts';

export const halfBytes = 2;

/** Rows of all segments: queries [headSize, heads, rows], keys [headSize, kvHeads, rows], values [keySize, rows]. */
export interface Projections {
  queries: Pointer;
  keys: Pointer;
  values: Pointer;
  /** Bytes from one row of values to the next. */
  valueStride: number;
}

/** Writes the segment's rows of K and V to the slots that the input names. */
export function storeRows(b: Builder, layer: number, segment: Segment, projections: Projections, slots: Pointer): void {
  const { ggml, context, shape } = b;
  const { rows, first, sequence } = segment;
  const { buffer } = sequence;
  const keySize = shape.kvHeads * shape.headSize;
  const keyRow = keySize * floatBytes;
  const keys = ggml.view_2d(context, projections.keys, keySize, rows, keyRow, first * keyRow);
  b.run(ggml.set_rows(context, buffer.keys[layer] as Pointer, keys, slots));
  // V lies transposed: each of its values is a matrix of its own, whose rows have a single element.
  const { values, valueStride } = projections;
  const slotRow = halfBytes * buffer.slots;
  const target = buffer.values[layer] as Pointer;
  const columns = ggml.view_3d(context, target, 1, buffer.slots, keySize, halfBytes, slotRow, 0);
  const elements = ggml.view_3d(context, values, 1, rows, keySize, valueStride, floatBytes, first * valueStride);
  b.run(ggml.set_rows(context, columns, elements, slots));
}

/** Keys of the first `span` slots as [headSize, span, kvHeads]. */
export function keysOf(b: Builder, layer: number, { sequence }: Segment, span: number): Pointer {
  const { headSize, kvHeads } = b.shape;
  const keys = sequence.buffer.keys[layer] as Pointer;
  const slotRow = kvHeads * headSize * halfBytes;
  return b.ggml.view_3d(b.context, keys, headSize, span, kvHeads, slotRow, headSize * halfBytes, 0);
}

/** Values of the first `span` slots as [span, headSize, kvHeads]. */
export function valuesOf(b: Builder, layer: number, { sequence }: Segment, span: number): Pointer {
  const { headSize, kvHeads } = b.shape;
  const values = sequence.buffer.values[layer] as Pointer;
  const slotRow = sequence.buffer.slots * halfBytes;
  return b.ggml.view_3d(b.context, values, span, headSize, kvHeads, slotRow, slotRow * headSize, 0);
}
