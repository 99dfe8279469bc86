/**
 * Elastic batching: calls that are offered together share the passes of the engine. Each has one row, there is no
 * padding, and the place of a call that ended is filled at once (iteration-level scheduling: Orca, Yu et al. 2022,
 * OSDI). It decides which passes run together and nothing else, so it goes with any way of decoding
 * (decode/batched-engine.ts).
 *
 * - slots: calls that run at a time.
 * - elastic_batch_greedy: first come, first served. A call without room holds all later ones back.
 * - elastic_batch_sorted: the calls that are expected to be longest come first, by buckets of length (powers of two, or
 *   upper edges of your own). A call that was overtaken `max_overtaken` times comes next. The expected length is what
 *   was asked for (prompt and token limit), less the mean of what ended calls left unused; with `predict: limit` it is
 *   what was asked for.
 * - max_batch_tokens: most KV slots, for prompts and token limits, of all calls in the batch. A larger call runs alone.
 * - repack: false is the control: a static batch, which nobody joins until all of it has ended.
 *
 * Over an API only the client's side of a batch can be decided: at most `slots` calls are in flight, in order of arrival or
 * the longest expected first (call-admission.ts). `max_batch_tokens` then bounds prompts and token limits in flight.
 * Fidelity: exact where a row keeps its bits whatever rows are beside it: the engine checks that when it starts. Where it
 * fails, a run labels the policy lossy (assembly/planned-policies.ts). Each call has its own random numbers.
 * Counters of a call:
 * - shared_passes: its passes that also held rows of other calls. held_calls: over an API, 1 where it had to wait.
 * - queue_ms: time from its arrival to its admission. It is part of the call's latency.
 * - repacks: 1 where it joined a batch that was already running.
 * - overtaken: later arrivals that were admitted before it.
 * - no_room: present where it found a free slot and one running call, but `max_batch_tokens` had no room for both; it is
 *   counted under the number of KV slots that the two would have filled.
 * - length_error (sorted): by how many KV slots the expected length was wrong.
 *
 * Fields of the object below (src/core/policy.ts explains all): `neutral`, parameters that equal the baseline; `acts`, the
 * counter that is above 0 when the policy did something; `standsFor`, what it does in one sentence.
 */
import { z } from 'zod';
import type { ClientKit, ClientRealisation, Context, Engine, Policy } from '../../core/index.ts';
import {
  type AdmissionRule,
  type BatchOptions,
  batchCounters,
  batched,
  firstCome,
  longestFirst,
} from '../../decode/index.ts';
import { decode } from '../baseline/baseline.ts';
import { admitted, type CallAdmissionOptions } from './call-admission.ts';

const greedyParams = z.strictObject({
  slots: z.int().min(1).max(256).default(8).describe('calls that run at a time'),
  max_batch_tokens: z.int().min(1).default(2048).describe('most KV slots of the batch; a larger call runs alone'),
  repack: z.boolean().default(true).describe('false: a static batch, nobody joins until all have ended'),
});
const isAscending = (edges: readonly number[]) =>
  edges.every((edge, at) => at === 0 || edge > (edges[at - 1] as number));
const sortedParams = greedyParams.extend({
  buckets: z
    .array(z.int().min(1))
    .min(1)
    .refine(isAscending, 'must ascend')
    .nullable()
    .default(null)
    .describe('upper edges of the length buckets; null: powers of two'),
  predict: z.enum(['mean', 'limit']).default('mean').describe('expected length: from ended calls, or the limit'),
  max_overtaken: z.int().min(0).default(16).describe('later arrivals that may be admitted before a call'),
});
type Greedy = z.output<typeof greedyParams>;
type Sorted = z.output<typeof sortedParams>;
type BatchRule = Pick<BatchOptions, 'rule' | 'onClosed'>;

const batch = (engine: Engine, { slots, max_batch_tokens, repack }: Greedy, rule: BatchRule) =>
  batched(engine, { slots, maxTokens: max_batch_tokens, repack, ...rule });

/** What a call is expected to need: what it asked for, less the mean of what ended calls left unused. */
function expectation({ predict }: Sorted) {
  let calls = 0;
  let unused = 0;
  return {
    expect: (asked: number) => (predict === 'limit' || calls === 0 ? asked : Math.max(1, asked - unused / calls)),
    ended(asked: number, used: number) {
      calls++;
      unused += asked - used;
    },
  };
}

const ruleOf = ({ buckets, max_overtaken }: Sorted, expect: (asked: number) => number): AdmissionRule =>
  longestFirst({
    expected: ({ tokens }) => expect(tokens),
    patience: max_overtaken,
    ...(buckets && { edges: buckets }),
  });

/** Sorts by what calls are expected to need, which every ended call tells better. */
function decorateSorted(engine: Engine, p: Sorted): Engine {
  const { expect, ended } = expectation(p);
  return batch(engine, p, {
    rule: ruleOf(p, expect),
    onClosed(asked, filled, meter) {
      meter.add('length_error', Math.abs(expect(asked) - filled));
      ended(asked, filled);
    },
  });
}

function realise<P extends Greedy>(
  standsFor: string,
  decorate: (engine: Engine, p: P) => Engine,
): NonNullable<Policy<P>['engine']> {
  return {
    fidelity: () => 'exact',
    standsFor,
    decides: () => ['passes'],
    decorate,
    blockSize: ({ slots }) => 4 * slots,
    open(engine, p) {
      const batch = decorate(engine, p);
      return (call, context) => decode(batch, call, context);
    },
  };
}

function clientOf<P extends Greedy>(
  order: string,
  ruleOf: (p: P) => Pick<CallAdmissionOptions, 'rule' | 'onEnded'>,
): ClientRealisation<P> {
  return {
    fidelity: () => 'provider',
    standsFor: `admission control: a limited number of calls in flight, ${order}; it stands for the choice of rows in a batch`,
    cannot: 'form a batch, or see one: the server decides which calls share its passes',
    alters: [],
    needs: () => [],
    blockSize: ({ slots }) => 4 * slots,
    acts: 'held_calls',
    open(target, p, { count }: ClientKit) {
      const { slots, max_batch_tokens: maxTokens, repack } = p;
      return admitted(target, { slots, maxTokens, repack, count, ...ruleOf(p) });
    },
  };
}

/** Sorts by what calls are expected to need, which every ended call tells better. */
function longestExpected(p: Sorted): Pick<CallAdmissionOptions, 'rule' | 'onEnded'> {
  const { expect, ended } = expectation(p);
  return {
    rule: ruleOf(p, expect),
    onEnded(asked: number, used: number, { meter }: Context) {
      meter.add('length_error', Math.abs(expect(asked) - used));
      ended(asked, used);
    },
  };
}

const paper = 'Yu et al. 2022, Orca, OSDI 2022';
const clientCounters = { held_calls: 'over an API: calls that had to wait for a place' };

export const elasticBatchGreedy: Policy<Greedy> = {
  name: 'elastic_batch_greedy',
  version: 2,
  about: 'Continuous batching, first come first served; finished calls leave and others join at once.',
  paper,
  params: greedyParams,
  variants: { elastic_batch_greedy: {} },
  neutral: { slots: 1 },
  counters: { ...batchCounters, ...clientCounters },
  acts: 'shared_passes',
  engine: realise('rows of all admitted calls in one ragged pass, admitted in order of arrival', (engine, p) =>
    batch(engine, p, { rule: firstCome }),
  ),
  client: clientOf('in order of arrival', () => ({ rule: firstCome })),
};

export const elasticBatchSorted: Policy<Sorted> = {
  name: 'elastic_batch_sorted',
  version: 2,
  about: 'Continuous batching that admits the calls first that are expected to be longest.',
  paper,
  params: sortedParams,
  variants: { elastic_batch_sorted: {} },
  neutral: { slots: 1 },
  counters: { ...batchCounters, ...clientCounters, length_error: 'KV slots filled more or less than expected' },
  acts: 'shared_passes',
  engine: realise('rows of all admitted calls in one ragged pass, the longest expected admitted first', decorateSorted),
  client: clientOf('the longest expected first', longestExpected),
};
