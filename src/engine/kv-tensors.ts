/** A sequence's K and V memory as tensors of a graph: rows are written to their slots, filled slots are read. */
import type { Builder } from './builder.ts';
import type { Pointer } from './ffi.ts';
import type { Segment } from './plan.ts';
import { floatBytes } from './site.ts';

export const halfBytes = 2;

/** Rows of all segments: queries [headSize, heads, rows], keys [headSize, kvHeads, rows], values [keySize, rows]. */
export interface Projections {
  queries: Pointer;
  keys: Pointer;
  values: Pointer;
  /** Bytes from one row of each to the next. */
  queryStride: number;
  keyStride: number;
  valueStride: number;
}

/** Writes the segment's rows of K and V to the slots that the input names. */
export function storeRows(b: Builder, layer: number, segment: Segment, projections: Projections, slots: Pointer): void {
  const { ggml, context, shape } = b;
  const { rows, first, sequence } = segment;
  const { buffer } = sequence;
  const { headSize, kvHeads } = shape;
  const keySize = kvHeads * headSize;
  const { keyStride } = projections;
  const head = headSize * floatBytes;
  const keys = ggml.view_3d(context, projections.keys, headSize, rows, kvHeads, keyStride, head, first * keyStride);
  b.run(ggml.set_rows(context, buffer.keys[layer] as Pointer, keys, slots));
  // V lies transposed.
  const { values, valueStride } = projections;
  const slotRow = halfBytes * buffer.slots;
  const target = buffer.values[layer] as Pointer;
  const group = segment.groups.find(({ from, to }) => from <= layer && layer < to);
  if (b.step.path === 'flash' && group) {
    // A graph of this path is for one number of filled slots, and rows lie side by side after them: one copy, in half
    // the time that a row for each single value takes.
    const place = ggml.view_2d(context, target, rows, keySize, slotRow, group.filled * halfBytes);
    const own = ggml.view_2d(context, values, keySize, rows, valueStride, first * valueStride);
    b.run(ggml.cpy(context, ggml.transpose(context, own), place));
    return;
  }
  // Each of its values is a matrix of its own, whose rows have a single element.
  const columns = ggml.view_3d(context, target, 1, buffer.slots, keySize, halfBytes, slotRow, 0);
  const elements = ggml.view_3d(context, values, 1, rows, keySize, valueStride, floatBytes, first * valueStride);
  b.run(ggml.set_rows(context, columns, elements, slots));
}

/** Keys of the first `span` slots as [headSize, span, kvHeads]. */
export function keysOf(b: Builder, layer: number, { sequence }: Segment, span: number): Pointer {
  const { headSize, kvHeads } = b.shape;
  const keys = sequence.buffer.keys[layer] as Pointer;
  const row = headSize * halfBytes;
  return b.ggml.view_3d(b.context, keys, headSize, span, kvHeads, row, row * sequence.buffer.slots, 0);
}

/** Values of the first `span` slots as [span, headSize, kvHeads]. */
export function valuesOf(b: Builder, layer: number, { sequence }: Segment, span: number): Pointer {
  const { headSize, kvHeads } = b.shape;
  const values = sequence.buffer.values[layer] as Pointer;
  const slotRow = sequence.buffer.slots * halfBytes;
  return b.ggml.view_3d(b.context, values, span, headSize, kvHeads, slotRow, slotRow * headSize, 0);
}
