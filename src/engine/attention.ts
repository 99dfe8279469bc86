/** Attention of one sequence's rows in one layer, over its KV slots. */
import { type Builder, floatBytes } from './builder.ts';
import { type Pointer, tensorType } from './ffi.ts';
import type { LayerGroup, Segment } from './plan.ts';

const halfBytes = 2;

/** Rows of all segments: queries [headSize, heads, rows], keys [headSize, kvHeads, rows], values [keySize, rows]. */
export interface Projections {
  queries: Pointer;
  keys: Pointer;
  values: Pointer;
  /** Bytes from one row of values to the next. */
  valueStride: number;
}

/** Inputs of a layer group: the slots its rows go to and what they may see. */
export interface GroupTensors {
  slots: Pointer;
  /** Absent where no attention runs. */
  mask?: Pointer;
}

/** Writes the rows' K and V to their slots. */
export function store(b: Builder, layer: number, segment: Segment, p: Projections, slots: Pointer): void {
  const { ggml, context, shape } = b;
  const { rows, first, sequence } = segment;
  const { buffer } = sequence;
  const keySize = shape.kvHeads * shape.headSize;
  const keyRow = keySize * floatBytes;
  const keys = ggml.view_2d(context, p.keys, keySize, rows, keyRow, first * keyRow);
  b.run(ggml.set_rows(context, buffer.keys[layer] as Pointer, keys, slots));
  // Transposed: each value is a matrix of its own, of rows with a single element.
  const target = buffer.values[layer] as Pointer;
  const row = halfBytes * buffer.slots;
  const columns = ggml.view_3d(context, target, 1, buffer.slots, keySize, halfBytes, row, 0);
  const values = ggml.view_3d(context, p.values, 1, rows, keySize, p.valueStride, floatBytes, first * p.valueStride);
  b.run(ggml.set_rows(context, columns, values, slots));
}

/** Keys of the first `span` slots as [headSize, span, kvHeads]. */
function keysOf({ ggml, context, shape }: Builder, layer: number, { sequence }: Segment, span: number): Pointer {
  const keyRow = shape.kvHeads * shape.headSize * halfBytes;
  const keys = sequence.buffer.keys[layer] as Pointer;
  return ggml.view_3d(context, keys, shape.headSize, span, shape.kvHeads, keyRow, shape.headSize * halfBytes, 0);
}

/** Values of the first `span` slots as [span, headSize, kvHeads]. */
function valuesOf({ ggml, context, shape }: Builder, layer: number, { sequence }: Segment, span: number): Pointer {
  const { values, slots } = sequence.buffer;
  const row = slots * halfBytes;
  return ggml.view_3d(
    context,
    values[layer] as Pointer,
    span,
    shape.headSize,
    shape.kvHeads,
    row,
    row * shape.headSize,
    0,
  );
}

/**
 * Queries of rows [first, first + rows) with the heads that share a KV head folded into the row axis:
 * [headSize, rows · heads / kvHeads, kvHeads]. So even one row is a matrix, and its products have the same bits as
 * those of many rows.
 */
function foldQueries(b: Builder, queries: Pointer, first: number, rows: number): Pointer {
  const { ggml, context, shape } = b;
  const { heads, kvHeads, headSize } = shape;
  const row = heads * headSize * floatBytes;
  const own = ggml.view_3d(context, queries, headSize, heads, rows, headSize * floatBytes, row, first * row);
  const byHead = rows === 1 ? own : ggml.cont(context, ggml.permute(context, own, 0, 2, 1, 3));
  return ggml.reshape_3d(context, byHead, headSize, (rows * heads) / kvHeads, kvHeads);
}

/** Probabilities [span, rows, heads / kvHeads, kvHeads] of rows from `first` on. */
function probabilities(b: Builder, keys: Pointer, queries: Pointer, mask: Pointer, span: number, rows: number) {
  const { ggml, context, shape } = b;
  const { heads, kvHeads, headSize } = shape;
  const products = ggml.mul_mat(context, keys, queries);
  const scores = ggml.reshape_4d(context, products, span, rows, heads / kvHeads, kvHeads);
  return ggml.soft_max_ext(context, scores, mask, 1 / Math.sqrt(headSize), 0);
}

/**
 * Sums probabilities [span, rows, group, kvHeads] over the last `queries` rows and the group: [span, 1, kvHeads].
 */
function mass(b: Builder, p: Pointer, span: number, rows: number, queries: number): Pointer {
  const { ggml, context, shape } = b;
  const { heads, kvHeads } = shape;
  const group = heads / kvHeads;
  const row = span * floatBytes;
  const last =
    queries === rows
      ? p
      : ggml.cont(
          context,
          ggml.view_4d(
            context,
            p,
            span,
            queries,
            group,
            kvHeads,
            row,
            row * rows,
            row * rows * group,
            row * (rows - queries),
          ),
        );
  const folded = ggml.reshape_3d(context, last, span, queries * group, kvHeads);
  return b.output(ggml.out_prod(context, folded, b.ones(queries * group, kvHeads)));
}

/**
 * The exact path: scores and weighted sums as products over a padded cache.
 * @param into where rows of several sequences meet [queries, all rows]; without it the result stands alone
 */
export function attendVtf(
  b: Builder,
  layer: number,
  segment: Segment,
  group: LayerGroup,
  p: Projections,
  mask: Pointer,
  into: Pointer | undefined,
  massQueries: number,
): { result: Pointer | undefined; mass: Pointer | undefined } {
  const { ggml, context, shape } = b;
  const { heads, kvHeads, headSize } = shape;
  const { rows, first } = segment;
  const { span } = group;
  const queries = foldQueries(b, p.queries, first, rows);
  const weights = probabilities(b, keysOf(b, layer, segment, span), queries, mask, span, rows);
  const folded = ggml.reshape_3d(context, weights, span, (rows * heads) / kvHeads, kvHeads);
  const sums = ggml.mul_mat(context, valuesOf(b, layer, segment, span), folded);
  const byHead = ggml.reshape_3d(context, sums, headSize, rows, heads);
  const byRow = ggml.permute(context, byHead, 0, 2, 1, 3);
  const width = heads * headSize;
  const taken = massQueries > 0 ? mass(b, weights, span, rows, massQueries) : undefined;
  if (into) {
    const row = width * floatBytes;
    const place = ggml.view_3d(context, into, headSize, heads, rows, headSize * floatBytes, row, first * row);
    b.run(ggml.cpy(context, byRow, place));
    return { result: undefined, mass: taken };
  }
  const result = ggml.reshape_2d(context, rows === 1 ? byHead : ggml.cont(context, byRow), width, rows);
  return { result, mass: taken };
}

/** The fused kernel over all filled slots, for a chunk of a prompt; scores exist only for the rows whose mass is asked. */
export function attendFlash(
  b: Builder,
  layer: number,
  segment: Segment,
  group: LayerGroup,
  p: Projections,
  mask: Pointer,
  massQueries: number,
): { result: Pointer; mass: Pointer | undefined } {
  const { ggml, context, shape } = b;
  const { heads, kvHeads, headSize } = shape;
  const { rows } = segment;
  const { span, filled } = group;
  const keys = keysOf(b, layer, segment, span);
  const values = filled === 0 ? freshValues(b, p, rows) : turnedValues(b, layer, segment, span);
  const queries = ggml.permute(context, p.queries, 0, 2, 1, 3);
  const fused = ggml.flash_attn_ext(context, queries, keys, values, mask, 1 / Math.sqrt(headSize), 0, 0);
  const result = ggml.reshape_2d(context, fused, heads * headSize, rows);
  if (massQueries === 0) return { result, mass: undefined };
  const last = foldQueries(b, p.queries, rows - massQueries, massQueries);
  const maskRow = span * halfBytes;
  const sharing = group.perHead ? heads / kvHeads : 1;
  const window = ggml.view_4d(
    context,
    mask,
    span,
    massQueries,
    sharing,
    group.perHead ? kvHeads : 1,
    maskRow,
    maskRow * rows,
    maskRow * rows * sharing,
    maskRow * (rows - massQueries),
  );
  const weights = probabilities(b, keys, last, ggml.cont(context, window), span, massQueries);
  return { result, mass: mass(b, weights, span, massQueries, massQueries) };
}

/** Values of a first chunk straight from the rows, rounded as in the cache: [headSize, rows, kvHeads]. */
function freshValues({ ggml, context, shape }: Builder, p: Projections, rows: number): Pointer {
  const { headSize, kvHeads } = shape;
  const values = ggml.view_3d(context, p.values, headSize, kvHeads, rows, headSize * floatBytes, p.valueStride, 0);
  return ggml.permute(context, ggml.cast(context, values, tensorType.F16), 0, 2, 1, 3);
}

/** Values of later chunks: the cache holds them transposed, the kernel wants [headSize, span, kvHeads]. */
function turnedValues(b: Builder, layer: number, segment: Segment, span: number): Pointer {
  const { ggml, context } = b;
  return ggml.cont(context, ggml.permute(context, valuesOf(b, layer, segment, span), 1, 0, 2, 3));
}
