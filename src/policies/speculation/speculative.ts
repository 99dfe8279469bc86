/**
 * Speculative decoding: draft a few tokens cheaply, verify them in one pass of the full model, keep the drafts up to
 * the first wrong one and the model's own token in its place (Leviathan et al. 2023, arXiv 2211.17192).
 * - lookahead_tokens: most drafts per step. `auto`: before each step as many as pay, by what passes of k rows cost here and
 *   by the share of drafts that were right so far (choose-lookahead.ts); acceptance_threshold of `controller` is not asked.
 * - draft: ngram takes what followed the last 3, 2 or 1 tokens earlier in the text (prompt lookup, Saxena 2023). It is
 *   free, and right where an answer repeats its prompt. It has no probability to compare with, so threshold_mode is
 *   `controller`: drafting pauses where fewer than acceptance_threshold of the drafts were right.
 * - draft: model takes a second model with the same vocabulary, `draft_model: PATH`. threshold_mode is draft-gate
 *   unless given: a step's drafting ends where the draft model is less sure than acceptance_threshold.
 *   `controller` and `target-prob` are the other modes (speculation.ts).
 *
 * Over an API: step look-ahead (step-lookahead.ts). A faster model of the same server drafts lookahead_tokens steps, the
 * target writes its own version of each at the same time, and the steps that agree stand.
 * - unit, unit_tokens: what a step is. verifier: `exact` compares texts; `semantic` compares sentence vectors, and a
 *   cosine of acceptance_threshold or more is near enough.
 * - fast_model: the drafting model's name on the server; without one it is the backend's `fast_model`.
 * Fidelity: exact, greedy or sampled (speculation.ts says why). Lossy with target-prob. Over an API provider, and lossy
 * with verifier: semantic.
 * Counters: drafted, accepted, verify_passes and more, declared in speculation.ts; a draft model's work apart.
 *
 * Fields of the object below (src/core/policy.ts explains all): `neutral`, parameters that equal the baseline; `acts`, the
 * counter that is above 0 when the policy did something; `standsFor`, what it does in one sentence.
 */
import { z } from 'zod';
import {
  type Call,
  type ClientKit,
  type Engine,
  type EngineKit,
  type Generate,
  type Opened,
  type Policy,
  TtcError,
  weightsOf,
} from '../../core/index.ts';
import { createNgramDraft } from '../../decode/index.ts';
import { lookAheadByMeaning } from './meaning-lookahead.ts';
import { checkVocabulary, createModelDrafter, modelDraftCounters } from './model-drafts.ts';
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
import { lookAhead } from './step-lookahead.ts';
import { stepParams } from './step-units.ts';

const params = z
  .strictObject({
    lookahead_tokens: lookahead,
    draft: z.enum(['ngram', 'model']).default('ngram').describe('where drafts come from'),
    draft_model: z.string().min(1).nullable().default(null).describe('path of the draft model for draft: model'),
    acceptance_threshold: acceptanceThreshold,
    threshold_mode: thresholdMode
      .optional()
      .describe('what the threshold does: controller for n-grams; for a model draft-gate unless given'),
    ...stepParams,
    verifier: z
      .enum(['exact', 'semantic'])
      .default('exact')
      .describe('over an API: a drafted step stands where it equals the target’s own, or means the same'),
    fast_model: z
      .string()
      .min(1)
      .nullable()
      .default(null)
      .describe('over an API: model of the same server that drafts; null: the backend’s fast_model'),
  })
  .refine(({ draft, threshold_mode = 'controller' }) => draft !== 'ngram' || threshold_mode === 'controller', {
    path: ['threshold_mode'],
    message: 'n-gram drafts have no probability to gate on: use controller',
  })
  .refine(({ draft, draft_model }) => draft !== 'model' || draft_model !== null, {
    path: ['draft_model'],
    message: 'draft: model needs the path of one',
  })
  .transform((value) => ({
    ...value,
    threshold_mode: value.threshold_mode ?? (value.draft === 'ngram' ? 'controller' : 'draft-gate'),
  }));
type Params = z.output<typeof params>;

function createNgramDrafter({ begun }: Drafting, endIds: ReadonlySet<number>): Drafter {
  const index = createNgramDraft();
  return {
    isFree: true,
    draft(most) {
      for (const id of begun.history.slice(index.length)) index.append(id);
      const ids = index.draft(most);
      const end = ids.findIndex((id) => endIds.has(id));
      return { ids: end < 0 ? ids : ids.slice(0, end + 1) };
    },
  };
}

/** The draft model is opened and checked once, before the first call; it belongs to whoever opened it. */
async function openModelDrafts(engine: Engine, p: Params, kit: EngineKit): Promise<Opened> {
  if (!kit.engine) {
    throw new TtcError('E_CAPABILITY', 'no second model can be opened here: draft: ngram needs none');
  }
  const model = await kit.engine(p.draft_model as string);
  checkVocabulary(engine, model);
  // As a pass of one row reads all weights, its price is taken to be their share.
  const costs = { draft: weightsOf(model.model).all / weightsOf(engine.model).all };
  const openDrafter = (call: Call) => (drafting: Drafting) =>
    createModelDrafter(engine, model, drafting, call.maxTokens);
  return (call, context) => speculate(engine, p, call, context, openDrafter(call), costs);
}

/** @throws E_CAPABILITY for `auto`: a server does not say what its passes cost */
export function stepsAhead({ lookahead_tokens }: { lookahead_tokens: number | 'auto' }): number {
  if (lookahead_tokens !== 'auto') return lookahead_tokens;
  throw new TtcError(
    'E_CAPABILITY',
    'lookahead_tokens: auto is for the engine: a server does not say what its passes cost',
    {
      help: 'give a number',
    },
  );
}

/** @throws E_CAPABILITY where the server has no such model to ask */
export function fastModelOf({ fast_model }: { fast_model: string | null }, { fast, another }: ClientKit): Generate {
  const model = fast_model === null ? fast : another?.(fast_model);
  if (model) return model;
  throw new TtcError('E_CAPABILITY', 'there is no faster model to draft with: --fast-model NAME names one');
}

async function openLookahead(target: Generate, p: Params, kit: ClientKit): Promise<Opened> {
  if (p.lookahead_tokens === 0) return target;
  const fast = fastModelOf(p, kit);
  const { unit, unit_tokens } = p;
  const options = { unit, unit_tokens, lookahead: stepsAhead(p) };
  if (p.verifier === 'exact') return (call, context) => lookAhead(target, fast, options, call, context);
  // The encoder loads here, so that no call pays for it.
  await kit.sentenceVectors?.(['Good morning.']);
  const byMeaning = { ...options, threshold: p.acceptance_threshold, similarity: similarityOf(kit) };
  return (call, context) => lookAheadByMeaning(target, fast, byMeaning, call, context);
}

/** Cosine of two texts' vectors, which have length 1. */
const similarityOf =
  ({ sentenceVectors }: ClientKit) =>
  async (one: string, other: string): Promise<number> => {
    const [a, b] = (await sentenceVectors?.([one, other])) ?? [];
    return a && b ? a.reduce((sum, value, at) => sum + value * (b[at] as number), 0) : -1;
  };

export const speculative: Policy<Params> = {
  name: 'speculative_decoding',
  version: 4,
  about: 'Drafts tokens from earlier occurrences of the last n-gram, or with a second model, and verifies them.',
  paper: 'Leviathan et al. 2023, arXiv 2211.17192',
  params,
  variants: { speculative_decoding: {} },
  neutral: { lookahead_tokens: 0 },
  counters: { ...speculationCounters, ...modelDraftCounters },
  acts: 'drafted',
  engine: {
    fidelity: speculationFidelity,
    standsFor: 'draft, verify in one pass, keep the longest right prefix and one token more',
    open(engine, p, kit) {
      checkPrices(engine, p);
      if (p.draft === 'ngram') {
        const { endIds } = engine.tokenizer;
        return (call, context) =>
          speculate(engine, p, call, context, (drafting) => createNgramDrafter(drafting, endIds));
      }
      return openModelDrafts(engine, p, kit);
    },
  },
  client: {
    fidelity: ({ lookahead_tokens, verifier }) =>
      lookahead_tokens === 0 ? 'exact' : verifier === 'exact' ? 'provider' : 'lossy',
    standsFor:
      'step look-ahead: a faster model drafts steps, the target writes its own of each at the same time, and those that agree stand; it stands for drafting and verifying',
    cannot: 'verify drafts in one pass: the target writes every step itself, and reads the prompt again for each',
    alters: ['continue', 'maxTokens'],
    needs: ({ lookahead_tokens, fast_model, verifier }) =>
      lookahead_tokens === 0
        ? []
        : [
            'prefill',
            ...(fast_model === null ? (['fast-model'] as const) : []),
            ...(verifier === 'semantic' ? (['sentence-vectors'] as const) : []),
          ],
    open: openLookahead,
  },
};
