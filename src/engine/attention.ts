/**
 * Attention of one sequence's rows in one layer as plain matrix products over its KV slots: the path of decoding and
 * of `prefill: exact`. Probabilities are ordinary tensors, and bits depend neither on padding nor on rows per pass.
 */
import type { Builder } from './builder.ts';
import type { Pointer } from './ffi.ts';
import { keysOf, type Projections, valuesOf } from './kv-tensors.ts';
import type { LayerGroup, Segment } from './plan.ts';
import { floatBytes } from './site.ts';

/** One segment in one layer. */
export interface Attention {
  layer: number;
  segment: Segment;
  group: LayerGroup;
  projections: Projections;
  mask: Pointer;
  /** Take the mass of this many last rows. */
  massQueries: number;
}

/** Result [heads · headSize, rows] and the mass [span, 1, kvHeads], where it was asked for. */
export interface Attended {
  result: Pointer;
  mass: Pointer | undefined;
}

/**
 * How rows meet the cache in one product: as [rows of a matrix, matrices]. Heads that share a KV head are rows of one
 * matrix, so even one row of the step is a matrix, and its products have the same bits as those of many. Where each
 * head has a KV head of its own, one row would be a vector, which takes another kernel with other bits than a matrix:
 * every row is a vector then, alone or not.
 */
function foldOf({ heads, kvHeads }: Builder['shape'], rows: number): readonly [number, number] {
  return heads === kvHeads ? [1, rows * heads] : [(rows * heads) / kvHeads, kvHeads];
}

/** Queries of rows [first, first + rows), folded: [headSize, ...foldOf(rows)]. */
export function foldQueries(b: Builder, { queries, queryStride }: Projections, first: number, rows: number): Pointer {
  const { ggml, context } = b;
  const { heads, headSize } = b.shape;
  const head = headSize * floatBytes;
  const own = ggml.view_3d(context, queries, headSize, heads, rows, head, queryStride, first * queryStride);
  const byHead = rows === 1 ? own : ggml.cont(context, ggml.permute(context, own, 0, 2, 1, 3));
  return ggml.reshape_3d(context, byHead, headSize, ...foldOf(b.shape, rows));
}

/** Probabilities [span, rows, heads / kvHeads, kvHeads] of folded queries. */
export function probabilities(b: Builder, keys: Pointer, folded: Pointer, mask: Pointer, span: number, rows: number) {
  const { ggml, context } = b;
  const { heads, kvHeads, headSize } = b.shape;
  const products = ggml.mul_mat(context, keys, folded);
  const scores = ggml.reshape_4d(context, products, span, rows, heads / kvHeads, kvHeads);
  return ggml.soft_max_ext(context, scores, mask, 1 / Math.sqrt(headSize), 0);
}

/** The last `count` of the rows of a contiguous tensor [span, rows, third, fourth]. */
export function lastRows(
  b: Builder,
  tensor: Pointer,
  [span, rows, third, fourth]: readonly [number, number, number, number],
  count: number,
  bytes: number,
): Pointer {
  if (count === rows) return tensor;
  const row = span * bytes;
  const plane = row * rows;
  const from = row * (rows - count);
  const { ggml, context } = b;
  return ggml.cont(context, ggml.view_4d(context, tensor, span, count, third, fourth, row, plane, plane * third, from));
}

/** Sums probabilities [span, rows, heads / kvHeads, kvHeads] over their last rows and the heads of a KV head. */
export function sumMass(b: Builder, weights: Pointer, span: number, rows: number, queries: number): Pointer {
  const { ggml, context } = b;
  const { heads, kvHeads } = b.shape;
  const sharing = heads / kvHeads;
  const last = lastRows(b, weights, [span, rows, sharing, kvHeads], queries, floatBytes);
  const folded = ggml.reshape_3d(context, last, span, queries * sharing, kvHeads);
  return b.output(ggml.out_prod(context, folded, b.ones(queries * sharing, kvHeads)));
}

/** @param meeting where the results of several sequences meet [heads · headSize, all rows]; it is then the result */
export function attend(b: Builder, attention: Attention, meeting: Pointer | undefined): Attended {
  const { ggml, context } = b;
  const { heads, headSize } = b.shape;
  const { layer, segment, group, projections, mask, massQueries } = attention;
  const { rows, first } = segment;
  const { span } = group;
  const queries = foldQueries(b, projections, first, rows);
  const weights = probabilities(b, keysOf(b, layer, segment, span), queries, mask, span, rows);
  const folded = ggml.reshape_3d(context, weights, span, ...foldOf(b.shape, rows));
  const sums = ggml.mul_mat(context, valuesOf(b, layer, segment, span), folded);
  const byHead = ggml.reshape_3d(context, sums, headSize, rows, heads);
  const byRow = ggml.permute(context, byHead, 0, 2, 1, 3);
  const mass = massQueries > 0 ? sumMass(b, weights, span, rows, massQueries) : undefined;
  const width = heads * headSize;
  if (meeting) {
    const row = width * floatBytes;
    const place = ggml.view_3d(context, meeting, headSize, heads, rows, headSize * floatBytes, row, first * row);
    b.run(ggml.cpy(context, byRow, place));
    return { result: meeting, mass };
  }
  const contiguous = rows === 1 ? byHead : ggml.cont(context, byRow);
  return { result: ggml.reshape_2d(context, contiguous, width, rows), mass };
}
