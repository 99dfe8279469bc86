/** Work that engine, host and client count under names of their own. A policy declares its counters itself. */
import type { Trial } from '../../core/index.ts';

/** Counter → what it counts. Milliseconds end in `_ms`, largest values in `_peak`. */
export const sharedCounters: Readonly<Record<string, string>> = {
  prompt_tokens: "tokens of the calls' prompts",
  cached_prompt_tokens: 'of these, those that the engine had kept from an earlier call and did not compute',
  completion_tokens: 'tokens that the engine gave',
  passes: 'passes through the model, or through some of its layers',
  rows: 'rows of those passes',
  prefill_rows: 'rows of prompts',
  layer_rows: 'rows × layers',
  layer_work: "rows × layers, a layer that only gives K and V at its weights' share",
  kv_layer_rows: 'rows × layers that only gave K and V',
  head_rows: 'rows through the whole head',
  candidate_logits: 'logits of single tokens',
  kv_bytes_peak: 'most bytes of K and V in filled slots',
  kv_opened_bytes_peak: 'most bytes of K and V in opened slots',
  kv_bytes_sum: 'bytes of K and V in filled slots, summed over decode steps',
  kv_steps: 'decode steps in that sum',
  engine_ms: "wall time of the engine's passes, charged to the trial's rows",
  cpu_ms: 'CPU time of the same',
  graph_ms: 'wall time of building graphs',
  graph_cpu_ms: 'CPU time of the same',
  forward_ms: 'wall time of waiting for passes',
  active_ms: 'wall time inside the policy',
  call_cpu_ms: "CPU time of the engine's process over the call",
  outside_ms: "time in which a module of the user's own neither ran the engine nor used the CPU, where it is much",
  claimed_prompt_tokens: 'tokens that such a module says its prompts have, where the engine counts others',
  queue_ms: 'wait for a place in the batch',
  repeated_prompt_tokens: 'prompt tokens that calls of a turn paid again: all but the longest prompt of each model',
  retries: 'calls that were sent again',
  retry_wait_ms: 'wait before they were sent again',
  limit_wait_ms: 'wait for a rate limit',
};

/** The column of a counter: metrics and counters share names. */
export const counterColumn = (counter: string): string => `counter_${counter}`;

/** Totals of tallies by name: how much was counted, whatever the bucket. */
export function tallyTotals({ counters: { tallies } }: Trial): Record<string, number> {
  const totals: Record<string, number> = {};
  for (const name in tallies) {
    let total = 0;
    const buckets = tallies[name] as Record<string, number>;
    for (const bucket in buckets) total += buckets[bucket] as number;
    totals[name] = total;
  }
  return totals;
}
