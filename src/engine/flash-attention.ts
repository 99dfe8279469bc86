/** Attention of a chunk of a prompt through ggml's fused kernel: the path of `prefill: flash`. */
import { type Attended, type Attention, foldQueries, lastRows, probabilities, sumMass } from './attention.ts';
import type { Builder } from './builder.ts';
import { type Pointer, tensorType } from './ffi.ts';
import { halfBytes, keysOf, type Projections, valuesOf } from './kv-tensors.ts';
import { floatBytes } from './site.ts';

/** Values of a first chunk straight from the rows, rounded as in the cache: [headSize, rows, kvHeads]. */
function freshValues(b: Builder, { values, valueStride }: Projections): Pointer {
  const { ggml, context } = b;
  const { headSize, kvHeads } = b.shape;
  const byHead = ggml.view_3d(context, values, headSize, kvHeads, b.step.rows, headSize * floatBytes, valueStride, 0);
  return ggml.permute(context, ggml.cast(context, byHead, tensorType.F16), 0, 2, 1, 3);
}

/**
 * Values of later chunks: the cache holds them transposed, the kernel wants [headSize, span, kvHeads]. From 64 queries on
 * it computes in F32 and widens K and V again for every 64 queries of every head; widened once, attention over 1,024
 * slots took 10.4 instead of 12.6 ms a layer, with the same bits. Below 64 queries it would compute with halves of K and
 * V: in F32 a short last chunk has other last bits, nearer to the exact path.
 */
function turnedValues(b: Builder, { layer, segment, group }: Attention): Pointer {
  const { ggml, context } = b;
  const wide = ggml.cast(context, valuesOf(b, layer, segment, group.span), tensorType.F32);
  return ggml.cont(context, ggml.permute(context, wide, 1, 0, 2, 3));
}

/** The kernel keeps no scores: they are computed again for the rows whose mass is asked for. */
function massOf(b: Builder, { segment, group, projections, mask, massQueries }: Attention, keys: Pointer): Pointer {
  const { heads, kvHeads } = b.shape;
  const { rows } = segment;
  const { span, perHead } = group;
  const planes = perHead ? ([heads / kvHeads, kvHeads] as const) : ([1, 1] as const);
  const window = lastRows(
    b,
    b.ggml.reshape_4d(b.context, mask, span, rows, ...planes),
    [span, rows, ...planes],
    massQueries,
    halfBytes,
  );
  const queries = foldQueries(b, projections, rows - massQueries, massQueries);
  const weights = probabilities(b, keys, queries, window, span, massQueries);
  return sumMass(b, weights, span, massQueries, massQueries);
}

/** The step holds this segment alone. */
export function attendFlash(b: Builder, attention: Attention): Attended {
  const { ggml, context } = b;
  const { heads, headSize } = b.shape;
  const { layer, segment, group, projections, mask, massQueries } = attention;
  const keys = keysOf(b, layer, segment, group.span);
  const first = group.filled === 0;
  const values = first ? freshValues(b, projections) : turnedValues(b, attention);
  const entering = first ? keys : ggml.cast(context, keys, tensorType.F32);
  const queries = ggml.permute(context, projections.queries, 0, 2, 1, 3);
  const fused = ggml.flash_attn_ext(context, queries, entering, values, mask, 1 / Math.sqrt(headSize), 0, 0);
  const result = ggml.reshape_2d(context, fused, heads * headSize, segment.rows);
  return { result, mass: massQueries > 0 ? massOf(b, attention, keys) : undefined };
}
