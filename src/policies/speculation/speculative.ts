/**
 * Speculative decoding: draft a few tokens cheaply, verify them in one pass of the full model, keep the drafts up to
 * the first wrong one and the model's own token in its place (Leviathan et al. 2023, arXiv 2211.17192).
 * - lookahead_tokens: most drafts per step.
 * - draft: ngram takes what followed the last 3, 2 or 1 tokens earlier in the text (prompt lookup, Saxena 2023). It is
 *   free, and right where an answer repeats its prompt. It has no probability to compare with, so threshold_mode is
 *   `controller`: drafting pauses where fewer than acceptance_threshold of the drafts were right.
 * - draft: model takes a second model with the same vocabulary, `draft_model: PATH`. threshold_mode is draft-gate
 *   unless given: a step's drafting ends where the draft model is less sure than acceptance_threshold.
 *   `controller` and `target-prob` are the other modes (speculation.ts).
 *
 * Over an API there is no realisation yet.
 * Fidelity: exact, greedy or sampled (speculation.ts says why). Lossy with target-prob.
 * Counters: drafted, accepted, verify_passes and more, declared in speculation.ts; a draft model's work apart.
 *
 * Fields of the object below (src/core/policy.ts explains all): `neutral`, parameters that equal the baseline; `acts`, the
 * counter that is above 0 when the policy did something; `standsFor`, what it does in one sentence.
 */
import { z } from 'zod';
import { type Engine, type EngineKit, type Opened, type Policy, TtcError } from '../../core/index.ts';
import { createNgramDraft } from '../../decode/index.ts';
import { checkVocabulary, createModelDrafter, modelDraftCounters } from './model-drafts.ts';
import {
  acceptanceThreshold,
  type Drafter,
  type Drafting,
  lookahead,
  speculate,
  speculationCounters,
  speculationFidelity,
  thresholdMode,
} from './speculation.ts';

const params = z
  .strictObject({
    lookahead_tokens: lookahead,
    draft: z.enum(['ngram', 'model']).default('ngram').describe('where drafts come from'),
    draft_model: z.string().min(1).nullable().default(null).describe('path of the draft model for draft: model'),
    acceptance_threshold: acceptanceThreshold,
    threshold_mode: thresholdMode
      .optional()
      .describe('what the threshold does: controller for n-grams; for a model draft-gate unless given'),
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
    throw new TtcError('E_CAPABILITY', 'no second model can be opened here', { help: 'use draft: ngram' });
  }
  const model = await kit.engine(p.draft_model as string);
  checkVocabulary(engine, model);
  return (call, context) =>
    speculate(engine, p, call, context, (drafting) => createModelDrafter(engine, model, drafting, call.maxTokens));
}

export const speculative: Policy<Params> = {
  name: 'speculative_decoding',
  version: 3,
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
      if (p.draft === 'ngram') {
        const { endIds } = engine.tokenizer;
        return (call, context) =>
          speculate(engine, p, call, context, (drafting) => createNgramDrafter(drafting, endIds));
      }
      return openModelDrafts(engine, p, kit);
    },
  },
};
