/** Charges the work of a step to the meters of the sequences in it. */
import type { Meter } from '../core/index.ts';
import type { Segment, Step } from './plan.ts';

export interface Spent {
  wallMs: number;
  cpuMs: number;
}

const sum = (segments: readonly Segment[], amount: (segment: Segment) => number) =>
  segments.reduce((total, segment) => total + amount(segment), 0);

/** The segments that each meter pays for: a call may have several sequences in a step. */
function byPayer(step: Step): Map<Meter, Segment[]> {
  const payers = new Map<Meter, Segment[]>();
  for (const segment of step.segments) {
    const { meter } = segment.sequence.context;
    const own = payers.get(meter);
    if (own) own.push(segment);
    else payers.set(meter, [segment]);
  }
  return payers;
}

/** @param held bytes of K and V that the open sequences behind the meter hold */
function charge(meter: Meter, step: Step, segments: readonly Segment[], spent: Spent, held: number): void {
  const rows = sum(segments, (segment) => segment.rows);
  const share = rows / step.rows;
  meter.add('engine_ms', spent.wallMs * share);
  meter.add('cpu_ms', spent.cpuMs * share);
  const headRows = sum(segments, ({ logits }) => logits);
  if (headRows > 0) meter.add('head_rows', headRows);
  const candidates = sum(segments, ({ pass }) => pass.candidates?.length ?? 0);
  if (candidates > 0) meter.add('candidate_logits', candidates);
  // The head alone is no pass through the model.
  if (step.to === step.from) return;
  meter.add('passes', 1);
  if (step.kvOnly) {
    // Two small products of seven, no attention: counted apart, or skipped layers would seem to cost all the same.
    meter.add('kv_layer_rows', rows * (step.to - step.from));
    return;
  }
  meter.add('rows', rows);
  meter.add('layer_rows', rows * (step.to - step.from));
  meter.peak('kv_bytes_peak', held);
  if (segments.some(({ pass }) => pass.prefill)) {
    meter.add('prefill_rows', rows);
    return;
  }
  meter.add('kv_steps', 1);
  meter.add('kv_bytes_sum', held);
  meter.tally('pass_rows', step.rows);
  meter.tally('pass_sequences', step.segments.length);
}

/**
 * Charges a step to the meters of its sequences and, as a whole, to the engine's totals.
 * @param heldBy bytes that the open sequences of a meter hold, of all meters without one
 */
export function chargeStep(step: Step, spent: Spent, totals: Meter, heldBy: (meter?: Meter) => number): void {
  for (const [meter, segments] of byPayer(step)) charge(meter, step, segments, spent, heldBy(meter));
  charge(totals, step, step.segments, spent, heldBy());
}
