/**
 * 270 short CRM and workflow questions, 30 in each of nine families, that come with the model `tiny8`. No download.
 *
 *   prompt     Cases about Delta printer by month:\nDecember: 62\nAugust: 35\nMarch: 98\nMay: 81\nWhich month had the most cases?
 *   reference  March: 98
 *   score      exact_match = 1 if the answer is the reference, white space aside
 */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { type Answer, type Benchmark, type Sample, type Scores, TtcError } from '../../core/index.ts';
import { capped, exactMatchOf, rougeLOf } from '../match-text.ts';
import { singleTurn } from '../single-turn.ts';
import { takeTurns } from '../take-turns.ts';

const families = [
  'bant',
  'entity',
  'handle_time',
  'kqa',
  'policy',
  'privacy',
  'routing',
  'table_max',
  'workflow',
] as const;

const options = z.strictObject({
  families: z
    .array(z.enum(families))
    .nonempty()
    .default([...families])
    .describe('which families are played'),
});

/** `assets/` lies two levels above `src/benchmarks` and `dist/benchmarks` alike. */
const file = new URL('../../../assets/tiny8/samples.jsonl', import.meta.url);

interface Row {
  id: string;
  family: string;
  prompt: string;
  answer: string;
}

async function readSamples(): Promise<Sample[]> {
  const text = await readFile(file, 'utf8').catch((cause) => {
    throw new TtcError('E_DATA', 'the questions of tiny-crm (assets/tiny8/samples.jsonl) are missing', {
      help: 'install ttcbench again',
      cause,
    });
  });
  const rows = text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Row);
  return rows.map(({ id, family, prompt, answer }) => ({ id, family, prompt, reference: answer }));
}

const score = ({ reference }: Sample, { text }: Answer): Scores => ({
  exact_match: exactMatchOf(text, reference),
  rouge_l: rougeLOf(capped(text, reference), reference),
});

export const tinyCrm: Benchmark<Sample, z.output<typeof options>> = {
  name: 'tiny-crm',
  version: '1',
  about: '270 short CRM and workflow questions that come with the model tiny8',
  licence: 'MIT (ours)',
  options,
  maxTokens: 96,
  scores: ['exact_match', 'rouge_l'],
  async open({ families }) {
    const wanted: readonly string[] = families;
    const samples = (await readSamples()).filter((sample) => wanted.includes(sample.family ?? ''));
    return singleTurn({ samples: takeTurns(samples), score });
  },
};
