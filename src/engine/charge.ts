/** Charges the work of a step to the meters of the sequences in it. */
import type { Meter } from '../core/index.ts';
import type { Segment, Step } from './plan.ts';

/** What a step took. Building its graph stands apart: later steps of the same shape, whoever runs them, find it built. */
export interface Spent {
  wallMs: number;
  cpuMs: number;
  graphMs: number;
  graphCpuMs: number;
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

function chargeTime(meter: Meter, spent: Spent, share: number): void {
  meter.add('engine_ms', spent.wallMs * share);
  meter.add('cpu_ms', spent.cpuMs * share);
  if (spent.graphMs === 0) return;
  meter.add('graph_ms', spent.graphMs * share);
  meter.add('graph_cpu_ms', spent.graphCpuMs * share);
}

/** Bytes of K and V in the open sequences that are charged to one meter. */
export interface Held {
  /** In filled slots. */
  filled: number;
  /** In all slots that were asked for. */
  opened: number;
}

/** The head alone and K and V alone are no pass in which a cache is read. */
const readsCache = ({ from, to, kvOnly }: Step) => to > from && !kvOnly;

/** Whom steps are charged to. */
export interface Books {
  /** The engine's own meter. */
  totals: Meter;
  /** What the open sequences of a meter hold, of all meters without one. */
  heldBy(meter?: Meter): Held;
  /** Share of a layer's weights that a row is multiplied with where only its K and V are wanted. */
  kvShare: number;
}

interface Part {
  step: Step;
  segments: readonly Segment[];
  spent: Spent;
}

function charge(meter: Meter, { step, segments, spent }: Part, held: Held, kvShare: number): void {
  const rows = sum(segments, (segment) => segment.rows);
  chargeTime(meter, spent, rows / step.rows);
  const headRows = sum(segments, ({ logits }) => logits);
  if (headRows > 0) meter.add('head_rows', headRows);
  const candidates = sum(segments, ({ pass }) => pass.candidates?.length ?? 0);
  if (candidates > 0) meter.add('candidate_logits', candidates);
  // The head alone is no pass through the model.
  if (step.to === step.from) return;
  meter.add('passes', 1);
  if (step.kvOnly) {
    // No attention and no feed-forward, or skipped layers would seem to cost all the same; but the product of Q, K and
    // V is one matrix and runs whole: 12 % of a layer's weights in Llama-3-8B, 16 % in SmolLM2-135M.
    meter.add('kv_layer_rows', rows * (step.to - step.from));
    meter.add('layer_work', rows * (step.to - step.from) * kvShare);
    return;
  }
  // In the last layer only K and V are computed for rows whose result nobody reads. They are charged as whole rows, under
  // every policy alike.
  meter.add('rows', rows);
  meter.add('layer_rows', rows * (step.to - step.from));
  meter.add('layer_work', rows * (step.to - step.from));
  meter.peak('kv_bytes_peak', held.filled);
  meter.peak('kv_opened_bytes_peak', held.opened);
  if (segments.some(({ pass }) => pass.prefill)) {
    meter.add('prefill_rows', rows);
    return;
  }
  meter.tally('pass_rows', step.rows);
  meter.tally('pass_sequences', step.segments.length);
}

/** Charges a step to the meters of its sequences and, as a whole, to the engine's totals. */
export function chargeStep(step: Step, spent: Spent, { totals, heldBy, kvShare }: Books): void {
  for (const [meter, segments] of byPayer(step)) charge(meter, { step, segments, spent }, heldBy(meter), kvShare);
  charge(totals, { step, segments: step.segments, spent }, heldBy(), kvShare);
}

/** After the outputs were read, so that what a policy evicted in this step is gone; decode steps only. */
export function chargeHeld(steps: readonly Step[], { totals, heldBy }: Books): void {
  const add = (meter: Meter, { filled }: Held) => {
    meter.add('kv_steps', 1);
    meter.add('kv_bytes_sum', filled);
  };
  for (const step of steps) {
    if (!readsCache(step) || step.segments.some(({ pass }) => pass.prefill)) continue;
    for (const meter of byPayer(step).keys()) add(meter, heldBy(meter));
    add(totals, heldBy());
  }
}
