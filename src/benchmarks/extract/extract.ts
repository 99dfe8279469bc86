/**
 * 24 tasks whose answers are largely text of the prompt: 8 to copy, 8 records to edit, 8 sentences to quote. All ours.
 *
 *   shown      <record> <order>815</order> … </record> Please set the amount to 5 and print the whole record.  →  …
 *   prompt     <record> <agent>Amira Haddad</agent> <team>support</team> <region>north</region> … </record>
 *              Please set the region to south and print the whole record.
 *   reference  <record> <agent>Amira Haddad</agent> <team>support</team> <region>south</region> … </record>
 *   answer     the record as it was
 *   scores     exact_match 0; rouge_l 0.96, for one word of 24 is wrong; point_accuracy 0.5, for every field that
 *              should stay did, and the one that should change did not
 */
import { z } from 'zod';
import type { Answer, Benchmark, Scores } from '../../core/index.ts';
import { capped, exactMatchOf, pointsHeld, rougeLOf } from '../match-text.ts';
import { singleTurn } from '../single-turn.ts';
import { takeTurns } from '../take-turns.ts';
import { extractSamples } from './samples.ts';
import type { ExtractSample } from './tasks.ts';

const families = ['copy', 'edit', 'quote'] as const;

const options = z.strictObject({
  families: z
    .array(z.enum(families))
    .nonempty()
    .default([...families])
    .describe('which kinds of task are played'),
});

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/**
 * Point accuracy: the share of lines and sentences (copy, quote) that are right; for a record the mean of the changed
 * field and the share of the others, so that a record copied without its change gets no more than half.
 */
function score({ reference, points }: ExtractSample, { text }: Answer): Scores {
  const answer = capped(text, reference);
  return {
    point_accuracy: mean(points.map((group) => pointsHeld(answer, group))),
    exact_match: exactMatchOf(text, reference),
    rouge_l: rougeLOf(answer, reference),
  };
}

export const extract: Benchmark<ExtractSample, z.output<typeof options>> = {
  name: 'extract',
  version: '1',
  about: '24 texts to copy, records to edit and sentences to quote: answers that repeat their prompt',
  licence: 'MIT (ours)',
  options,
  maxTokens: 160,
  scores: ['point_accuracy', 'exact_match', 'rouge_l'],
  open: ({ families }) =>
    singleTurn({
      samples: takeTurns(extractSamples()).filter((sample) => families.includes(sample.family)),
      messages: (sample) => sample.messages,
      hasShots: true,
      score,
    }),
};
