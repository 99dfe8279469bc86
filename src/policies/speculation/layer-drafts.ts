/**
 * Self-speculation: the first layers of the model draft for the whole of it (LayerSkip, Elhoushi et al. 2024, arXiv
 * 2404.16710). Nothing is computed twice. K and V of the drafted rows stay in the cache of layers 0 … E − 1, and
 * verification goes on with their hidden rows at layer E.
 *
 * It pays where early layers already know the token: on a model that was trained for early exits.
 * - draft_layers: E. `null` is ⌈L/4⌉, a quarter of the model.
 * - lookahead_tokens, acceptance_threshold, threshold_mode (draft-gate unless given): see speculation.ts, also for why
 *   sampled tokens are the baseline's too.
 *
 * Over an API layers cannot be run by themselves. There it is a score gate (score-gate.ts): a faster model of the same
 * server writes the answer in steps, and the target grades up to lookahead_tokens of them at a time.
 * - accept_score: a step that gets this digit or more stands; else the target writes it itself.
 * - unit, unit_tokens: what a step is. fast_model: as of speculative_decoding.
 * Fidelity: exact. Lossy with target-prob, and over an API.
 * Counters: drafted, accepted, verify_passes, gate_stops and more, declared in speculation.ts.
 *
 * Fields of the object below (src/core/policy.ts explains all): `neutral`, parameters that equal the baseline; `acts`, the
 * counter that is above 0 when the policy did something; `standsFor`, what it does in one sentence.
 */
import { z } from 'zod';
import { type Engine, type Policy, TtcError } from '../../core/index.ts';
import { gated } from './score-gate.ts';
import {
  acceptanceThreshold,
  checkPrices,
  type Drafter,
  type Drafting,
  lookahead,
  speculate,
  speculationCounters,
  speculationFidelity,
  thresholdMode,
} from './speculation.ts';
import { fastModelOf, stepsAhead } from './speculative.ts';
import { stepParams } from './step-units.ts';

const params = z.strictObject({
  lookahead_tokens: lookahead,
  draft_layers: z.int().min(1).nullable().default(null).describe('layers that draft; null: a quarter of the model'),
  acceptance_threshold: acceptanceThreshold,
  threshold_mode: thresholdMode
    .default('draft-gate')
    .describe('whether the threshold pauses drafting, ends a step’s drafts, or accepts them'),
  ...stepParams,
  accept_score: z.int().min(0).max(9).default(7).describe('over an API: least grade of a drafted step that stands'),
  fast_model: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe('over an API: model of the same server that drafts; null: the backend’s fast_model'),
});
type Params = z.output<typeof params>;

/** @throws E_POLICY for more layers than the model has */
function draftLayersOf({ draft_layers }: Params, layers: number): number {
  if (draft_layers === null) return Math.ceil(layers / 4);
  if (draft_layers <= layers) return draft_layers;
  throw new TtcError('E_POLICY', `draft_layers ${draft_layers} of a model with ${layers} layers`, {
    help: 'leave it out to draft with a quarter of the layers',
  });
}

function createLayerDrafter(engine: Engine, draftLayers: number, { begun, isSure }: Drafting): Drafter {
  const { sequence, history, sampler } = begun;
  const { width } = engine.model;

  /** Runs the last token through the first layers: its hidden row and, where wanted and sure, the token that follows. */
  function advance(text: readonly number[], drafted: number, wanted: boolean) {
    const row = { sequence, tokens: [text.at(-1) as number], positions: [text.length - 1], states: true };
    const pass = { ...row, layers: [0, draftLayers] as const, logits: wanted ? 1 : 0 };
    return engine.forward([pass], ([output]) => ({
      hidden: output!.states.slice(),
      next:
        wanted && isSure(output!.logits)
          ? sampler.pick(output!.logits, text, () => sampler.random.peek(drafted))
          : undefined,
    }));
  }

  return {
    async draft(most) {
      const text = history.slice();
      const states = new Float32Array((most + 1) * width);
      for (let rows = 0; ; ) {
        const { hidden, next } = await advance(text, rows, rows < most);
        states.set(hidden, rows++ * width);
        if (next !== undefined) text.push(next);
        if (next !== undefined && !engine.tokenizer.endIds.has(next)) continue;
        const ids = text.slice(history.length);
        return { ids, begun: { layer: draftLayers, states: states.subarray(0, rows * width) } };
      }
    },
  };
}

export const layerDrafts: Policy<Params> = {
  name: 'speculative_decoding_layers',
  version: 4,
  about: 'The first layers of the model draft tokens, the rest of it verifies them in one pass.',
  paper: 'Elhoushi et al. 2024, arXiv 2404.16710',
  params,
  variants: { speculative_decoding_layers: {} },
  neutral: { lookahead_tokens: 0 },
  counters: { ...speculationCounters, score: 'over an API: drafted steps by the digit that the target gave them' },
  acts: 'drafted',
  engine: {
    fidelity: speculationFidelity,
    standsFor: 'draft with the first layers, verify with the others in one pass, keep the longest right prefix',
    check: (p, { layers }) => void draftLayersOf(p, layers),
    open(engine, p) {
      checkPrices(engine, p);
      const { layers } = engine.model;
      const draftLayers = draftLayersOf(p, layers);
      // The first layers run row by row, also for the newest token; verification runs the others.
      const costs = { draft: draftLayers / layers, verified: 1 - draftLayers / layers };
      const openDrafter = (drafting: Drafting) => createLayerDrafter(engine, draftLayers, drafting);
      return (call, context) => speculate(engine, p, call, context, openDrafter, costs);
    },
  },
  client: {
    fidelity: ({ lookahead_tokens }) => (lookahead_tokens === 0 ? 'exact' : 'lossy'),
    standsFor:
      'score gate: a faster model writes steps, the target grades each with a digit and writes those itself that get too little; it stands for drafts by a part of the model',
    cannot: 'run some of the layers, or verify a draft: a grade is an opinion, so the answer is not the target’s',
    alters: ['continue', 'maxTokens', 'temperature', 'stop', 'logprobs'],
    needs: ({ lookahead_tokens, fast_model }) =>
      lookahead_tokens === 0 ? [] : fast_model === null ? ['prefill', 'fast-model'] : ['prefill'],
    open(target, p, kit) {
      if (p.lookahead_tokens === 0) return target;
      const fast = fastModelOf(p, kit);
      const { unit, unit_tokens, accept_score: acceptScore } = p;
      const options = { unit, unit_tokens, lookahead: stepsAhead(p), acceptScore };
      return (call, context) => gated(target, fast, options, call, context);
    },
  },
};
