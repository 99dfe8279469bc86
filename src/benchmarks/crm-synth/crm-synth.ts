import { z } from 'zod';
import type { Answer, Benchmark, Scores } from '../../core/index.ts';
import { exactMatchOf, rougeLOf, capped } from '../match-text.ts';
import { singleTurn } from '../single-turn.ts';
import { takeTurns } from '../take-turns.ts';
import type { CrmSample } from './sample.ts';
import { textFamilies } from './text/index.ts';
import { scoreText } from './text/score-text.ts';
import { textSample } from './text/text-samples.ts';

const options = z.strictObject({
  level: z.union([z.literal(1), z.literal(2)]).default(1),
  families: z.array(z.string()).nonempty().optional(),
  seed: z.int().default(0),
  tasks: z.int().min(1).default(100),
});

function score(sample: CrmSample, { text }: Answer): Scores {
  return {
    reward: scoreText(sample.score as never, text, sample),
    exact_match: exactMatchOf(text, sample.reference),
    rouge_l: rougeLOf(capped(text, sample.reference), sample.reference),
  };
}

export const crmSynth: Benchmark<CrmSample, z.output<typeof options>> = {
  name: 'crm-synth',
  version: '1',
  about: 'CRM',
  licence: 'MIT (ours)',
  options,
  maxTokens: 200,
  scores: ['reward', 'exact_match', 'rouge_l'],
  open: ({ level, seed, tasks, families }) => singleTurn({
    samples: takeTurns(textFamilies.filter(f => !families || families.includes(f.name)).flatMap((family) => Array.from({ length: tasks }, (_, i) => textSample(family, level, seed, i)))),
    messages: (sample) => sample.messages,
    limits: ({ maxTokens }) => ({ maxTokens }),
    score,
  }),
};
