/**
 * Predicted output: the caller says what most of the answer will be, such as a file in which a few words change. Its
 * tokens are the drafts, verified as those of any drafter (speculation.ts), so the answer is the baseline's.
 */
import type { Call, Context, Engine, Part } from '../../core/index.ts';
import { createPrediction } from '../../decode/index.ts';
import { type Drafter, type Drafting, speculate } from './speculation.ts';

/** A wrong prediction costs rows of passes: where fewer than this share were right, drafting pauses for 8 steps. */
const params = { lookahead_tokens: 7, acceptance_threshold: 0.4, threshold_mode: 'controller' } as const;

function createPredictedDrafter({ begun }: Drafting, ids: readonly number[], endIds: ReadonlySet<number>): Drafter {
  const prediction = createPrediction(ids);
  let seen = begun.promptLength;
  return {
    draft(most) {
      for (const id of begun.history.slice(seen)) prediction.follow(id);
      seen = begun.history.length;
      const drafts = prediction.draft(most);
      const end = drafts.findIndex((id) => endIds.has(id));
      return { ids: end < 0 ? drafts : drafts.slice(0, end + 1) };
    },
  };
}

/** Decodes a call by its prediction: the baseline's tokens in fewer passes. Counters are those of speculation. */
export function decodePredicted(
  engine: Engine,
  call: Call & { prediction: string },
  context: Context,
): AsyncGenerator<Part> {
  const { tokenizer } = engine;
  // A started answer is behind us: what is left of the prediction begins after it.
  const { prediction, continue: started = '' } = call;
  const ids = tokenizer.encode(prediction.startsWith(started) ? prediction.slice(started.length) : prediction);
  return speculate(engine, params, call, context, (drafting) =>
    createPredictedDrafter(drafting, ids, tokenizer.endIds),
  );
}
