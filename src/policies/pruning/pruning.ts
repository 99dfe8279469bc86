/**
 * Dynamic token pruning: prompt tokens that get little attention leave the deeper layers and their part of the cache.
 * How much attention a token gets is the sum over heads, in the layers just before the cut, from the last `window`
 * prompt tokens (LazyLLM, Fu et al. 2024, arXiv 2407.14057). What stays is the smallest set of tokens that holds the
 * share `top_p` of it (Twilight, Lin et al. 2025, arXiv 2502.02770).
 *
 * In the engine the whole prompt runs through layers [0, from_layer). Rows that stay go on, each with its own position.
 * The others are not computed in the deeper layers and have no K and V there: decoding sees them in the first layers only.
 * - sinks, window: the first `sinks` tokens and the window always stay. They get most of the attention, so they are left
 *   out before the rule is applied and the rest is scaled to 1: else one sink alone would hold `top_p`.
 * - min_tokens: the rule keeps at least this many tokens besides sinks and window.
 * - score_layers: over how many layers before a cut the attention is summed.
 * - stages: with n > 1 the tokens that stayed are pruned again, at even steps between from_layer and the last layer.
 * - dynamic_pruning_entropy prunes only where the entropy of the scores is at most `entropy_threshold`, in nats or as a
 *   share of its largest value ln n (entropy_unit). `count: gate` then keeps the top-p set, `support` ⌈e^H⌉ tokens.
 *
 * Over an API (prune-prompt.ts) words that a small local model could have guessed are not sent: the smallest set stays that
 * holds top_p of their surprisal, or, with an entropy threshold, those words that were a surprise or could have been one.
 * - scorer: the local model; null: the default one. least_prompt: shorter prompts are sent as they are.
 * Fidelity: lossy. Exact where nothing can be pruned: a threshold below 0, or top_p ≥ 1. With `count: support` the rule
 * does not ask for top_p, so top_p ≥ 1 does not make it exact.
 * Counters: offered_rows and kept_rows (rows × layers), pruned_rows, kept_at_layer, and what the rule saw. mass_kept leaves
 * sinks and window out.
 *
 * Fields of the object below (src/core/policy.ts explains all): `neutral`, parameters that equal the baseline; `acts`, the
 * counter that is above 0 when the policy did something; `standsFor`, what it does in one sentence.
 */
import { z } from 'zod';
import type { Call, ClientKit, Context, Engine, Generate, Part, Policy, Sequence } from '../../core/index.ts';
import { elapsed, now, TtcError } from '../../core/index.ts';
import { entropyOf, largest, largestShare, type Prefill, type PrefillRows, prefill } from '../../decode/index.ts';
import { decode } from '../baseline/baseline.ts';
import { prunePrompt, rememberScores, type Scorer } from './prune-prompt.ts';

const shared = {
  top_p: z
    .number()
    .positive()
    .default(0.9)
    .describe('share of the attention mass that the kept tokens hold; 1 keeps all'),
  min_tokens: z.int().min(1).default(10).describe('least number of tokens to keep besides sinks and window'),
  from_layer: z.int().min(1).nullable().default(null).describe('first layer without the others; null: half the layers'),
  window: z
    .int()
    .min(1)
    .nullable()
    .default(null)
    .describe('last prompt tokens, whose attention counts and which stay; null: 16'),
  sinks: z.int().min(0).default(4).describe('first prompt tokens that always stay'),
  score_layers: z.int().min(1).default(1).describe('layers before a cut whose attention is summed'),
  stages: z.int().min(1).default(1).describe('cuts between from_layer and the last layer'),
  scorer: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe('over an API: local model that says how surprising words are, by name or path; null: the default model'),
  least_prompt: z.int().min(0).default(150).describe('over an API: prompts of fewer tokens are sent as they are'),
};
const topP = z.strictObject(shared);
const entropy = z.strictObject({
  ...shared,
  entropy_threshold: z.number().default(2).describe('prune only at or below this entropy; below 0 never'),
  entropy_unit: z.enum(['nats', 'share']).default('nats').describe('unit of the threshold; share: entropy / ln n'),
  count: z.enum(['gate', 'support']).default('gate').describe('what is kept: the top-p set, or ⌈e^entropy⌉ tokens'),
});
type Shared = z.output<typeof topP>;
type Entropy = z.output<typeof entropy>;
export type PruningParams = Shared & Partial<Entropy>;

const defaultWindow = 16;

/** What a rule decides about candidates, given the attention each got. */
export interface Decision {
  /** Indexes of the candidates that stay, ascending. */
  kept: number[];
  entropy: number;
}

/** Which candidates stay: the top-p set, unless an entropy threshold holds it back or counts otherwise. */
export function decide(scores: ArrayLike<number>, p: PruningParams): Decision {
  const nats = entropyOf(scores);
  const all = Array.from(scores, (_, index) => index);
  if (p.entropy_threshold !== undefined) {
    const measured = p.entropy_unit === 'share' && scores.length > 1 ? nats / Math.log(scores.length) : nats;
    if (!(measured <= p.entropy_threshold)) return { kept: all, entropy: nats };
    if (p.count === 'support') {
      return { kept: largest(scores, Math.max(p.min_tokens, Math.ceil(Math.exp(nats) - 1e-9))), entropy: nats };
    }
  }
  return { kept: largestShare(scores, p.top_p, p.min_tokens), entropy: nats };
}

/** No prompt can lose a token. */
const neverPrunes = (p: PruningParams) =>
  (p.entropy_threshold ?? 0) < 0 || (p.top_p >= 1 && (p.entropy_threshold === undefined || p.count === 'gate'));

/** Layers at which rows may leave, ascending. @throws E_POLICY where the model has no such layer */
export function cutsOf({ from_layer, stages }: Pick<Shared, 'from_layer' | 'stages'>, layers: number): number[] {
  const first = from_layer ?? Math.max(1, Math.floor(layers / 2));
  if (first >= layers) {
    throw new TtcError('E_POLICY', `from_layer ${first} of a model with ${layers} layers`, {
      help: `rows can leave before layers 1 to ${layers - 1}`,
    });
  }
  const cuts = Array.from({ length: stages }, (_, stage) => first + Math.floor(((layers - first) * stage) / stages));
  return [...new Set(cuts)];
}

/** Rows [index of `kept`] of `hidden`. */
function pick(hidden: Float32Array, width: number, kept: readonly number[]): Float32Array {
  const rows = new Float32Array(kept.length * width);
  kept.forEach((row, at) => {
    rows.set(hidden.subarray(row * width, (row + 1) * width), at * width);
  });
  return rows;
}

/** Runs rows through layers [from, to); gives them as they leave, and the attention each got from the last `window`. */
async function runLayers(
  engine: Engine,
  sequence: Sequence,
  rows: PrefillRows,
  [from, to]: readonly [number, number],
  { window, scoreLayers }: { window: number; scoreLayers: number },
): Promise<{ hidden: Float32Array; scores: Float64Array }> {
  const { width } = engine.model;
  const count = 'hidden' in rows ? rows.positions.length : rows.length;
  const hidden = new Float32Array(count * width);
  const scores = new Float64Array(count);
  const asked = Array.from({ length: Math.min(scoreLayers, to - from) }, (_, back) => to - 1 - back);
  const options = {
    layers: [from, to] as const,
    states: true,
    logits: 0,
    attention: { layers: asked, queries: Math.min(window, count) },
  };
  await prefill(
    engine,
    sequence,
    rows,
    { ...options, each: ({ states }, { start }) => void hidden.set(states, start * width) },
    ({ attention }) => {
      for (const mass of attention) {
        for (let cell = 0; cell < mass.length; cell++) addTo(scores, cell % count, mass[cell] as number);
      }
    },
  );
  return { hidden, scores };
}

function addTo(sums: Float64Array, index: number, amount: number): void {
  sums[index] = (sums[index] as number) + amount;
}

/** Indexes of the rows that stay at a cut: sinks, the window, and what the rule keeps of the rest. */
function keepAtCut(scores: Float64Array, p: PruningParams, window: number, { meter }: Context): number[] {
  const last = scores.length - window;
  // Sinks stay at every cut, so they are the first rows of every set.
  const sinks = Math.min(p.sinks, last);
  const candidates = scores.subarray(sinks, last);
  const { kept, entropy: nats } = decide(candidates, p);
  const total = candidates.reduce((sum, score) => sum + score, 0);
  const stays = kept.reduce((sum, index) => sum + (candidates[index] as number), 0);
  meter.add('prune_checks', 1);
  meter.add('prune_entropy', nats);
  meter.add('protected_rows', scores.length - candidates.length);
  meter.add('mass_kept', total > 0 ? stays / total : 1);
  const rows = Array.from(scores.keys());
  return [...rows.slice(0, sinks), ...kept.map((index) => index + sinks), ...rows.slice(last)];
}

/** Fills the cache with rows that leave at the cuts: goes with any decode loop. */
export function pruningPrefill(p: PruningParams): Prefill {
  return async (engine, sequence, ids, read, context) => {
    const { layers, width } = engine.model;
    const cuts = cutsOf(p, layers);
    const window = Math.min(p.window ?? defaultWindow, ids.length);
    if (neverPrunes(p) || ids.length - window - p.sinks <= p.min_tokens) {
      count(context, ids.length, ids.length, [cuts[0] as number, layers]);
      return prefill(engine, sequence, ids, {}, read);
    }
    let rows: PrefillRows = ids;
    let positions = Int32Array.from(ids.keys());
    for (const [at, cut] of cuts.entries()) {
      const range = [cuts[at - 1] ?? 0, cut] as const;
      const { hidden, scores } = await runLayers(engine, sequence, rows, range, {
        window,
        scoreLayers: p.score_layers,
      });
      const kept = keepAtCut(scores, p, window, context);
      positions = Int32Array.from(kept, (row) => positions[row] as number);
      rows = { hidden: pick(hidden, width, kept), positions };
      count(context, ids.length, kept.length, [cut, cuts[at + 1] ?? layers]);
    }
    return prefill(engine, sequence, rows, { layers: [cuts.at(-1) as number, layers] }, read);
  };
}

function count({ meter }: Context, offered: number, kept: number, [from, to]: readonly [number, number]): void {
  meter.add('offered_rows', offered * (to - from));
  meter.add('kept_rows', kept * (to - from));
  meter.add('pruned_rows', (offered - kept) * (to - from));
  for (let layer = from; layer < to; layer++) meter.tally('kept_at_layer', layer, kept);
}

const counters = {
  offered_rows: 'prompt rows × layers from the first cut on',
  kept_rows: 'of these, rows × layers that were computed',
  pruned_rows: 'of these, rows × layers that were not',
  kept_at_layer: 'rows computed in each of these layers',
  prune_checks: 'cuts at which the rule was asked',
  prune_entropy: 'entropy of the scores in nats, summed over the cuts',
  mass_kept: 'share of the attention mass that stayed, sinks and window left out, summed over the cuts',
  protected_rows: 'sinks and window rows, summed over the cuts',
  offered_tokens: 'over an API: tokens of the prompt by the scorer',
  kept_tokens: 'over an API: of these, those that were sent',
  pruned_tokens: 'over an API: of these, those that were not',
  protected_tokens: 'over an API: tokens of words that always stay',
  score_ms: 'over an API: wall time of scoring and choosing, part of the time to the first token',
};

const engineRealisation: NonNullable<Policy<PruningParams>['engine']> = {
  fidelity: (p) => (neverPrunes(p) ? 'exact' : 'lossy'),
  standsFor: 'prompt rows outside the kept set are not computed in the deeper layers and not cached there',
  decides: () => ['prompt'],
  check: (p, { layers }) => void cutsOf(p, layers),
  decorate(engine, p) {
    cutsOf(p, engine.model.layers);
    return { ...engine, filling: { fill: pruningPrefill(p) } };
  },
  open(engine, p) {
    cutsOf(p, engine.model.layers);
    return (call, context) => decode(engine, call, context, pruningPrefill(p));
  },
};

/** Over an API. */
const neverShortens = ({ top_p, entropy_threshold }: PruningParams) =>
  entropy_threshold === undefined ? top_p >= 1 : entropy_threshold <= 0;

async function* generatePruned(
  target: Generate,
  p: PruningParams,
  scorer: Scorer,
  { count: countTokens }: ClientKit,
  call: Call,
  context: Context,
): AsyncGenerator<Part> {
  const begun = now();
  // A call that was meant for now is sent later: the scoring is part of its latency.
  const intended = context.intended ?? begun;
  const pruned = await prunePrompt(call, p, scorer, countTokens);
  context.signal.throwIfAborted();
  const { meter } = context;
  meter.add('score_ms', elapsed(begun, now()));
  meter.add('offered_tokens', pruned.offered);
  meter.add('kept_tokens', pruned.kept);
  meter.add('pruned_tokens', pruned.offered - pruned.kept);
  meter.add('protected_tokens', pruned.protectedTokens);
  yield* target(pruned.messages === call.messages ? call : { ...call, messages: pruned.messages }, {
    ...context,
    intended,
  });
}

const clientRealisation: NonNullable<Policy<PruningParams>['client']> = {
  fidelity: (p) => (neverShortens(p) ? 'exact' : 'lossy'),
  standsFor:
    'words of the prompt that a small local model could have guessed are not sent; it stands for prompt rows that leave the deeper layers',
  cannot: 'see attention: it judges words before the model reads them, and what it leaves out is gone in every layer',
  alters: ['messages'],
  needs: (p) => (neverShortens(p) ? [] : ['token-scores']),
  acts: 'pruned_tokens',
  async open(target, p, kit) {
    if (neverShortens(p)) return target;
    const { tokenScores } = kit;
    if (!tokenScores) throw new TtcError('E_CAPABILITY', 'there is no local model to score the prompt with');
    const scorer = rememberScores((text) => tokenScores(text, p.scorer));
    // The scorer loads here, so that no call pays for it.
    await scorer.fresh('Good morning.');
    return (call, context) => generatePruned(target, p, scorer, kit, call, context);
  },
};

const paper = 'Fu et al. 2024, arXiv 2407.14057; Lin et al. 2025, arXiv 2502.02770';

export const pruningTopP: Policy<Shared> = {
  name: 'dynamic_pruning_top_p',
  version: 1,
  about: 'Prompt tokens outside the smallest set with that attention mass leave the deeper layers and their cache.',
  paper,
  params: topP,
  variants: { dynamic_pruning_top_p: {} },
  neutral: { top_p: 1 },
  counters,
  acts: 'pruned_rows',
  engine: engineRealisation,
  client: clientRealisation,
};

export const pruningEntropy: Policy<Entropy> = {
  name: 'dynamic_pruning_entropy',
  version: 1,
  about: 'Prunes the prompt only where attention is concentrated: its entropy lies below a threshold.',
  paper,
  params: entropy,
  variants: { dynamic_pruning_entropy: {} },
  neutral: { entropy_threshold: -1 },
  counters,
  acts: 'pruned_rows',
  engine: engineRealisation,
  client: clientRealisation,
};
