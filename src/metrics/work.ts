/** Work counted below the policy, by engine and client. Names of counters: see `Engine.forward` and each policy. */
import type { Metric, Trial } from '../core/index.ts';
import { completionTokens, ratio, total, totalTokens } from './turns.ts';

const sum = (trial: Trial, counter: string) => trial.counters.sums[counter];
const tally = (trial: Trial, counter: string) =>
  Object.entries(trial.counters.tallies[counter] ?? {}).map(([bucket, amount]) => ({ bucket: Number(bucket), amount }));

/** Mean bucket of a tally, weighted by amount. */
function meanBucket(trial: Trial, counter: string): number | undefined {
  const buckets = tally(trial, counter);
  return ratio(total(buckets.map(({ bucket, amount }) => bucket * amount)), total(buckets.map(({ amount }) => amount)));
}

/** Trials of versions before `verify_tokens` have accepted drafts, behind an end or a stop too, and a token more a pass. */
function acceptanceLength(trial: Trial): number | undefined {
  const passes = sum(trial, 'verify_passes');
  const accepted = ratio(sum(trial, 'accepted'), passes);
  return ratio(sum(trial, 'verify_tokens'), passes) ?? (accepted === undefined ? undefined : 1 + accepted);
}

/** Parameters of a composition stand under the names of its variants. */
function slotsOf({ params }: Trial): number | undefined {
  const places = [params, ...Object.values(params)] as (Record<string, unknown> | null | undefined)[];
  return places.map((place) => place?.slots).find((slots) => typeof slots === 'number');
}

/** A draft model's work is work. */
const withDraft = (own: number | undefined, draft = 0) => (own === undefined ? undefined : own + draft);

/** Trials that were played before the engine counted `layer_work` have rows × layers only. */
const layerWork = (trial: Trial) => sum(trial, 'layer_work') ?? sum(trial, 'layer_rows');

const shared = { group: 'work' } as const;

export const workMetrics: readonly Metric[] = [
  {
    ...shared,
    name: 'draft_acceptance_rate',
    unit: 'ratio',
    better: 'more',
    about: 'Share of drafted tokens that were accepted; what lies behind an end or a stop was not.',
    missing: 'nothing was drafted',
    of: (trial) => ratio(sum(trial, 'accepted'), sum(trial, 'drafted')),
  },
  {
    ...shared,
    name: 'mean_acceptance_length',
    unit: 'tokens',
    better: 'more',
    about:
      "Tokens of the answer per verified draft: the accepted ones and one of the model's own, unless the answer ended before it.",
    missing: 'nothing was verified',
    of: acceptanceLength,
  },
  {
    ...shared,
    name: 'drafts_per_pass',
    unit: 'tokens',
    better: 'neither',
    about: 'Drafted tokens per pass that verified some: the rows of such a pass are one more.',
    missing: 'nothing was verified',
    of: (trial) => ratio(sum(trial, 'drafted'), sum(trial, 'verify_passes')),
  },
  {
    ...shared,
    name: 'exit_rate',
    unit: 'ratio',
    better: 'more',
    about: 'Share of the exit checks after which a token left early.',
    missing: 'no exit was checked',
    of: (trial) => ratio(sum(trial, 'exits') ?? 0, sum(trial, 'exit_checks')),
  },
  {
    ...shared,
    name: 'break_even_exit_rate',
    unit: 'ratio',
    better: 'less',
    about:
      'Exit rate at which the weights read for the checks equal those that the exits spare, K and V of skipped layers taken into account; below it early exit costs.',
    missing: 'no exit was checked',
    of: (trial) => ratio(sum(trial, 'check_weights'), sum(trial, 'exit_weights')),
  },
  {
    ...shared,
    name: 'mean_exit_layer',
    unit: 'layers',
    better: 'less',
    about: 'Mean number of layers a token went through before it left.',
    missing: 'the policy knows no exits',
    of: (trial) => meanBucket(trial, 'exit_layer'),
  },
  {
    ...shared,
    name: 'kept_ratio',
    unit: 'ratio',
    better: 'less',
    about: 'Share of the rows or KV slots on offer that the policy kept.',
    missing: 'no rows or slots were on offer to be dropped',
    of: (trial) => ratio(sum(trial, 'kept_rows'), sum(trial, 'offered_rows')),
  },
  {
    ...shared,
    name: 'kv_bytes_peak',
    unit: 'bytes',
    better: 'less',
    about: "Most bytes of K and V in filled slots at a time; a draft model's own peak is added.",
    missing: 'no KV cache is at hand: a server holds it',
    of: (trial) => withDraft(sum(trial, 'kv_bytes_peak'), sum(trial, 'draft_kv_bytes_peak')),
  },
  {
    ...shared,
    name: 'kv_bytes_mean',
    unit: 'bytes',
    better: 'less',
    about:
      "Bytes of K and V in filled slots after a decode step and its evictions, averaged over the steps; a draft model's are added.",
    missing: 'no KV cache is at hand, or answers end with their first token',
    column: {
      ...{ title: 'KV bytes ×', show: 'ratio', order: 430, dropAt: 10, only: 'engine' },
      about: "Bytes of K and V in filled slots per decode step, a draft model's included, against the baseline.",
    },
    of: (trial) =>
      withDraft(
        ratio(sum(trial, 'kv_bytes_sum'), sum(trial, 'kv_steps')),
        ratio(sum(trial, 'draft_kv_bytes_sum'), sum(trial, 'draft_kv_steps')),
      ),
  },
  {
    ...shared,
    name: 'kv_bytes_allocated',
    unit: 'bytes',
    better: 'less',
    about:
      "Bytes of all KV slots the call opened, filled or not, a draft model's included; evicted slots stay allocated, and the buffer below them has the next power of two.",
    missing: 'no KV cache is at hand: a server holds it',
    of: (trial) => withDraft(sum(trial, 'kv_opened_bytes_peak'), sum(trial, 'draft_kv_opened_bytes_peak')),
  },
  {
    ...shared,
    name: 'graph_build_ms',
    unit: 'ms',
    better: 'neither',
    about:
      'Wall time of building graphs for shapes of passes that had none: part of the latency, but not of engine_ms or CPU seconds, as later calls of the same shapes find them built.',
    missing: 'no engine of ours ran',
    of: ({ counters: { sums } }) => (sums.engine_ms === undefined ? undefined : (sums.graph_ms ?? 0)),
  },
  {
    ...shared,
    name: 'batch_occupancy',
    unit: 'ratio',
    better: 'more',
    about: 'Sequences per decode pass the trial took part in, over the slots of the batch.',
    missing: 'nothing is batched',
    of: (trial) => ratio(meanBucket(trial, 'pass_sequences'), slotsOf(trial)),
  },
  {
    ...shared,
    name: 'passes_per_token',
    unit: 'ratio',
    better: 'less',
    about:
      "Passes of the engine per completion token; prompt chunks and passes through some of the layers count as one each, passes of a draft model at its weights' share of the model's.",
    missing: 'no engine of ours counts passes',
    column: {
      ...{ title: 'passes ×', show: 'ratio', order: 410, dropAt: 20, only: 'engine' },
      about:
        "Passes per completion token, against the baseline; those of a draft model at its weights' share of the model's.",
    },
    of: (trial) => ratio(withDraft(sum(trial, 'passes'), sum(trial, 'draft_pass_work')), completionTokens(trial)),
  },
  {
    ...shared,
    name: 'layer_rows_per_token',
    unit: 'ratio',
    better: 'less',
    about:
      "Rows times layers the engine computed per token of prompt and answer, so that answers of other lengths compare; layers that only give K and V, and those of a draft model, at their weights' share of a layer. A row counts once per layer, even where the last layer computes only its K and V. Heads are left out.",
    missing: 'no engine of ours counts rows',
    column: {
      ...{ title: 'layer rows ×', show: 'ratio', order: 420, dropAt: 70, only: 'engine' },
      about:
        "Rows × layers computed per token of prompt and answer, divided by the baseline's. A row that runs through one layer counts 1; in a draft model it counts by the size of the layer.",
    },
    of: (trial) => ratio(withDraft(layerWork(trial), sum(trial, 'draft_layer_work')), totalTokens(trial)),
  },
];
