/**
 * Adaptive KV cache: every layer and KV head keeps a limited number of slots and gives up those of least worth.
 * The budget is B = ⌈ratio · tokens so far⌉, and it counts the tokens of the answer too (`evict: prompt` cuts the
 * prompt only). With `budget` it is a fixed number of slots.
 * - adaptive_kv_static gives every layer the same budget.
 * - adaptive_kv_cosine spreads the same total by half a cosine, from ratio_max to ratio_min: over the layers
 *   (`axis: layer`; PyramidKV, Cai et al. 2024, arXiv 2406.02069), or over the first `steps` tokens of the answer
 *   (`axis: step`).
 * - sinks, recent: the first `sinks` and the newest `recent` tokens always stay (StreamingLLM, Xiao et al. 2023, arXiv
 *   2309.17453).
 * - keep: what makes another slot worth keeping. `snapkv` is the attention from the last `window` prompt tokens and
 *   from every decoded token (Li et al. 2024, arXiv 2404.14469, without its pooling); `h2o` all attention it ever got (Zhang et al. 2023, arXiv
 *   2306.14048); `knorm` a short key (Devoto et al. 2024, arXiv 2406.11430); `recent` nothing: only the newest stay.
 *
 * In the engine slots are given up after the attention of a step, so the newest token is never the one to go. Free
 * slots are used again. A key keeps the position it was written with, whatever slot it is in.
 * Over an API a server's cache cannot be reached. There it is a budget of the context (context-budget.ts): of the turns of
 * a conversation those of least worth are not sent again. `ratio` and `budget` count tokens of the messages; the cosine
 * falls over the first `turns` calls of a conversation.
 * - recent_turns, low_mark, worth: newest turns that stay, how far a cut goes, and what makes a turn worth keeping.
 * Fidelity: lossy. Exact where the parameters alone say that nothing is evicted: ratios of 1. A fixed `budget` that is
 * larger than every text never evicts either, but is labelled lossy: how long texts get is not known beforehand.
 * Counters: offered_rows and kept_rows (slots × layers after each step), evicted_slots, kept_at_layer (after the prompt was
 * cut), mass_kept.
 *
 * Fields of the object below (src/core/policy.ts explains all): `neutral`, parameters that equal the baseline; `acts`, the
 * counter that is above 0 when the policy did something; `standsFor`, what it does in one sentence.
 */
import { z } from 'zod';
import {
  type Call,
  type ClientKit,
  type ClientRealisation,
  type Context,
  createMeter,
  type Engine,
  type Filling,
  type Generate,
  now,
  type Part,
  type Policy,
} from '../../core/index.ts';
import { start } from '../../decode/index.ts';
import { decode } from '../baseline/baseline.ts';
import { type ContextBudget, halfCosine, withinBudget, wordWorth } from './context-budget.ts';
import { createKvCache, type KvParams, neverEvicts } from './kv-eviction.ts';

const ratio = z.number().positive().max(1);
const shared = {
  keep: z.enum(['snapkv', 'h2o', 'recent', 'knorm']).default('snapkv').describe('what makes a slot worth keeping'),
  sinks: z.int().min(0).default(4).describe('first tokens that always stay'),
  recent: z
    .int()
    .min(1)
    .nullable()
    .default(null)
    .describe('newest tokens that always stay; null: min(32, ⌊B / 2⌋) of a budget B'),
  window: z
    .int()
    .min(1)
    .default(32)
    .describe('last prompt tokens whose attention counts for snapkv; that of decoded tokens counts too'),
  evict: z
    .enum(['always', 'prompt'])
    .default('always')
    .describe('when slots leave: after every step, or (prompt) only once after the prompt'),
  recent_turns: z
    .int()
    .min(1)
    .default(2)
    .describe('over an API: newest turns that always stay, the last question included'),
  low_mark: ratio.default(0.8).describe('over an API: a cut goes down to this share of the budget'),
  worth: z
    .enum(['words', 'vectors', 'recent'])
    .default('words')
    .describe(
      'over an API: turns that stay share words with the question (BM25), are near to it in meaning, or are newest',
    ),
};
const staticParams = z
  .strictObject({
    ratio: ratio.default(0.8).describe('share of prompt and answer so far that each layer keeps; 1 keeps all'),
    budget: z.int().min(1).nullable().default(null).describe('slots per layer and KV head instead of a ratio'),
    ...shared,
  })
  .refine(({ budget, sinks, recent }) => budget === null || fits(budget, sinks, recent), {
    path: ['budget'],
    message: 'must have room for the sinks, the recent tokens and one more',
  });
const cosineParams = z
  .strictObject({
    ratio_max: ratio.default(1).describe('share that the first layer, or step, keeps'),
    ratio_min: ratio.default(0.6).describe('share that the last layer keeps, or every step after the first `steps`'),
    axis: z.enum(['layer', 'step']).default('layer').describe('what the budget falls along'),
    steps: z.int().min(1).nullable().default(null).describe('decoded tokens to ratio_min; null: the token limit'),
    turns: z.int().min(1).default(8).describe('over an API: calls of a conversation to ratio_min'),
    ...shared,
  })
  .refine(({ ratio_max, ratio_min }) => ratio_min <= ratio_max, {
    path: ['ratio_min'],
    message: 'must not exceed ratio_max',
  })
  .refine(({ axis, evict }) => axis === 'layer' || evict === 'always', {
    path: ['evict'],
    message: 'must be always where the budget falls with each step',
  });
type Static = z.output<typeof staticParams>;
type Cosine = z.output<typeof cosineParams>;

async function* generate(engine: Engine, p: KvParams, call: Call, context: Context): AsyncGenerator<Part> {
  if (neverEvicts(p)) return yield* decode(engine, call, context);
  const cache = createKvCache(engine, p, call, context);
  using begun = await start(engine, call, context, cache.prefill, cache.capacity);
  let next = begun.first;
  for (;;) {
    const part = begun.emit([next]);
    if (part) yield part;
    const end = begun.ended();
    if (end) return yield end;
    const position = begun.history.length - 1;
    const pass = { sequence: begun.sequence, tokens: [next], positions: [position], logits: 1 };
    next = await engine.forward([{ ...pass, ...cache.asks }], ([output]) => {
      cache.afterStep(begun.sequence, position, output!);
      return begun.pick(output!.logits);
    });
  }
}

/** With `evict: prompt` the token limit decides about room only, not about budgets. */
function promptFilling(engine: Engine, p: KvParams): Filling {
  return {
    fill: (top, sequence, ids, read, context) =>
      createKvCache(top, p, { maxTokens: 0 }, context).prefill(top, sequence, ids, read, context),
    capacity: (promptLength, maxTokens) =>
      createKvCache(engine, p, { maxTokens }, { meter: createMeter() }).capacity(promptLength),
  };
}

const counters = {
  offered_rows: 'tokens so far × layers, after the prompt and after every step',
  kept_rows: 'slots × layers kept of these',
  evicted_slots: 'slots × layers that were let go',
  kept_at_layer: 'slots of each layer after the prompt was cut',
  offered_tokens: 'over an API: tokens of the conversation so far',
  kept_tokens: 'over an API: of these, those that were sent',
  dropped_tokens: 'over an API: of these, those that were not',
  dropped_turns: 'over an API: turns that were left out',
  mass_kept:
    'share of the attention mass that stayed when the prompt was cut, sinks and newest tokens included, mean over layers',
};

const realisation: NonNullable<Policy<KvParams>['engine']> = {
  fidelity: (p) => (neverEvicts(p) ? 'exact' : 'lossy'),
  standsFor: 'slots beyond the budget are let go after the attention of each step and reused',
  decides: (p) => (p.evict === 'prompt' ? ['prompt'] : ['prompt', 'steps']),
  decorate: (engine, p) => (neverEvicts(p) ? engine : { ...engine, filling: promptFilling(engine, p) }),
  slots(p, { promptTokens, maxTokens }, model) {
    if (neverEvicts(p)) return promptTokens + maxTokens;
    return createKvCache({ model }, p, { maxTokens }, { meter: createMeter() }).capacity(promptTokens);
  },
  open: (engine, p) => (call, context) => generate(engine, p, call, context),
};

type Shared = Pick<Static, 'recent_turns' | 'low_mark' | 'worth'> & { budget?: number | null };

async function* generateWithin(
  target: Generate,
  budget: ContextBudget,
  { count }: ClientKit,
  call: Call,
  context: Context,
): AsyncGenerator<Part> {
  const intended = context.intended ?? now();
  const { messages, offered, kept, turns } = await withinBudget(call.messages, budget, count);
  context.signal.throwIfAborted();
  context.meter.add('offered_tokens', offered);
  context.meter.add('kept_tokens', kept);
  context.meter.add('dropped_tokens', offered - kept);
  context.meter.add('dropped_turns', turns);
  yield* target(messages === call.messages ? call : { ...call, messages }, { ...context, intended });
}

/** Cosine of each text's vector with the question's. */
const vectorWorth =
  ({ sentenceVectors }: ClientKit): ContextBudget['worth'] =>
  async (texts, question) => {
    const [asked, ...others] = (await sentenceVectors?.([question, ...texts])) ?? [];
    return others.map((vector) => vector.reduce((sum, value, at) => sum + value * (asked?.[at] ?? 0), 0));
  };

function clientOf<P extends Shared>(
  never: (p: P) => boolean,
  shareOf: (p: P) => ContextBudget['shareAt'],
): ClientRealisation<P> {
  return {
    fidelity: (p) => (never(p) ? 'exact' : 'lossy'),
    standsFor:
      'a budget of the context over turns: turns of least worth are not sent again; it stands for slots of the cache that are given up',
    cannot: 'reach a cache: it leaves out whole turns, and does nothing where a conversation has too few of them',
    alters: ['messages'],
    needs: (p) => (!never(p) && p.worth === 'vectors' ? ['sentence-vectors'] : []),
    acts: 'dropped_tokens',
    async open(target, p, kit) {
      if (never(p)) return target;
      // The encoder loads here, so that no call pays for it.
      if (p.worth === 'vectors') await kit.sentenceVectors?.(['Good morning.']);
      const { recent_turns: recentTurns, low_mark: lowMark } = p;
      const worth: ContextBudget['worth'] =
        p.worth === 'vectors' ? vectorWorth(kit) : async (texts, question) => wordWorth(texts, question);
      const budget = {
        ...{ shareAt: shareOf(p), budget: p.budget ?? null, recentTurns, lowMark },
        ...(p.worth !== 'recent' && { worth }),
      };
      return (call, context) => generateWithin(target, budget, kit, call, context);
    },
  };
}

export const kvStatic: Policy<Static> = {
  name: 'adaptive_kv_static',
  version: 2,
  about: 'The same KV budget in every layer: sinks, recent tokens and the most attended of the rest.',
  paper: 'Li et al. 2024, arXiv 2404.14469; Zhang et al. 2023, arXiv 2306.14048',
  params: staticParams,
  variants: { adaptive_kv_static: {} },
  neutral: { ratio: 1, budget: null },
  counters,
  acts: 'evicted_slots',
  engine: realisation,
  client: clientOf(
    ({ ratio, budget }) => ratio >= 1 && budget === null,
    ({ ratio }) =>
      () =>
        ratio,
  ),
};

export const kvCosine: Policy<Cosine> = {
  name: 'adaptive_kv_cosine',
  version: 2,
  about: 'The same total KV budget, spread over layers or steps by half a cosine.',
  paper: 'Cai et al. 2024, arXiv 2406.02069',
  params: cosineParams,
  variants: { adaptive_kv_cosine: {} },
  neutral: { ratio_max: 1, ratio_min: 1 },
  counters,
  acts: 'evicted_slots',
  engine: realisation,
  client: clientOf(
    ({ ratio_min }) => ratio_min >= 1,
    ({ ratio_max, ratio_min, turns }) =>
      (turn) =>
        halfCosine(ratio_max, ratio_min, turn, turns),
  ),
};

function fits(budget: number, sinks: number, recent: number | null): boolean {
  return budget >= sinks + (recent ?? Math.min(32, Math.floor(budget / 2))) + 1;
}
