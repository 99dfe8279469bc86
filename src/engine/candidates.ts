/** Logits of a few token ids: their rows of the head's matrix, looked up like embeddings, times the last hidden row. */
import { TtcError } from '../core/index.ts';
import { type Builder, indexType, normalise } from './builder.ts';
import type { Pointer } from './ffi.ts';
import type { Segment } from './plan.ts';
import { floatBytes } from './site.ts';
import type { Weights } from './weights.ts';

export interface CandidateTensors {
  ids: Pointer;
  /** [ids] */
  logits: Pointer;
}

/** @throws E_CAPABILITY where the head is stored only in the layout of a kernel: single rows cannot be read from that */
export function checkHeadRows(weights: Weights): void {
  if (weights.headRows) return;
  throw new TtcError(
    'E_CAPABILITY',
    'the head of this model is stored in a layout from which single rows cannot be read',
    {
      help: 'leave out the shortlist on this model',
    },
  );
}

/** @param x rows that leave the step's layers */
export function buildCandidates(b: Builder, x: Pointer, segment: Segment): CandidateTensors | undefined {
  const wanted = segment.pass.candidates?.length ?? 0;
  if (wanted === 0) return undefined;
  const { ggml, context, weights, shape } = b;
  const ids = b.input(indexType, wanted);
  const row = shape.width * floatBytes;
  const last = ggml.view_2d(context, x, shape.width, 1, row, (segment.first + segment.rows - 1) * row);
  const rows = ggml.get_rows(context, weights.headRows as Pointer, ids);
  const logits = ggml.mul_mat(context, rows, normalise(b, last, weights.headNorm));
  return { ids, logits: b.output(logits) };
}
