/**
 * 24 tasks whose answers are largely text of the prompt: 8 to copy, 8 records to edit, 8 sentences to quote. All ours.
 *
 *   prompt     Change the plan to gold. … Customer: Lime Studio\nCity: Ghent\nPlan: bronze
 *   reference  Customer: Lime Studio\nCity: Ghent\nPlan: gold
 *   answer     Customer: Lime Studio\nCity: Ghent\nPlan: bronze
 *   scores     exact_match 0, rouge_l 0.86, point_accuracy 0.67 (two of three lines are right)
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
  /** Which kinds of task are played. */
  families: z
    .array(z.enum(families))
    .nonempty()
    .default([...families]),
});

function score({ reference, points }: ExtractSample, { text }: Answer): Scores {
  const answer = capped(text, reference);
  return {
    exact_match: exactMatchOf(text, reference),
    rouge_l: rougeLOf(answer, reference),
    point_accuracy: pointsHeld(answer, points),
  };
}

export const extract: Benchmark<ExtractSample, z.output<typeof options>> = {
  name: 'extract',
  version: '1',
  about: '24 texts to copy, records to edit and sentences to quote: answers that repeat their prompt',
  licence: 'MIT (ours)',
  options,
  maxTokens: 160,
  scores: ['exact_match', 'rouge_l', 'point_accuracy'],
  open: ({ families }) =>
    singleTurn({
      samples: takeTurns(extractSamples()).filter((sample) => families.includes(sample.family)),
      messages: (sample) => sample.messages,
      score,
    }),
};
