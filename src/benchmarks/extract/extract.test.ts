import { describe, expect, it } from 'vitest';
import { validate } from '../../core/index.ts';
import { samplesOf } from '../samples-of.ts';
import { extract } from './extract.ts';
import type { ExtractSample } from './tasks.ts';

const openWith = (given: Record<string, unknown>) => extract.open(validate(extract.options, given, 'extract'));
async function drawn(given: Record<string, unknown> = {}): Promise<ExtractSample[]> {
  await using open = await openWith(given);
  return samplesOf(open);
}
const scoresOf = async (id: string, answer: (sample: ExtractSample) => string) => {
  await using open = await openWith({});
  const sample = (await samplesOf(open)).find((candidate) => candidate.id === id) as ExtractSample;
  return open.score(sample, { text: answer(sample) }, {});
};

describe('the tasks', () => {
  it('are eight of each kind, the kinds taking turns', async () => {
    const samples = await drawn();
    expect(samples).toHaveLength(24);
    for (let i = 0; i < 24; i += 3)
      expect(samples.slice(i, i + 3).map((sample) => sample.family)).toEqual(['copy', 'edit', 'quote']);
    expect((await drawn({ families: ['edit'] })).map((sample) => sample.family)).toEqual(Array(8).fill('edit'));
  });

  it('ask for a text that stands in the prompt: whole, sentence by sentence, or but for one field', async () => {
    for (const { family, prompt, reference, points, id } of await drawn()) {
      if (family !== 'edit') expect(prompt, id).toContain(reference);
      const [changed, kept] = family === 'edit' ? (points as [string[], string[]]) : [[], points[0] as string[]];
      for (const line of kept) expect(prompt, id).toContain(line);
      expect(changed, id).toHaveLength(family === 'edit' ? 1 : 0);
      for (const line of changed) expect(prompt, id).not.toContain(line);
      for (const line of points.flat()) expect(reference, id).toContain(line);
    }
  });

  it('show answers to other tasks than the one they ask', async () => {
    for (const { messages, reference, id } of await drawn()) {
      const answers = messages.filter((message) => message.role === 'assistant').map((message) => message.content);
      expect(answers.length, id).toBeGreaterThan(0);
      expect(answers, id).not.toContain(reference);
    }
  });
});

describe('scores', () => {
  it('judge the example at the top of the file as it says', async () => {
    const scores = await scoresOf('edit-agent-region', ({ reference }) => reference.replace('south', 'north'));
    expect(scores.exact_match).toBe(0);
    expect(scores.rouge_l).toBeCloseTo(0.96, 2);
    expect(scores.point_accuracy).toBe(0.5);
  });

  it('give a record that was copied without the change half', async () => {
    const scores = await scoresOf('edit-order-quantity', ({ reference }) =>
      reference.replace('"quantity": 12', '"quantity": 8'),
    );
    expect(scores).toMatchObject({ exact_match: 0, point_accuracy: 0.5 });
    expect(scores.rouge_l).toBeGreaterThan(0.9);
  });

  it('give a changed field without the rest of the record half', async () => {
    const scores = await scoresOf('edit-order-quantity', () => '{ "quantity": 12 }');
    expect(scores.point_accuracy).toBe(0.5);
  });

  it('count the fields and sentences that are right', async () => {
    const lost = await scoresOf('edit-order-quantity', ({ reference }) => reference.replace('"color": "white",', ''));
    expect(lost.point_accuracy).toBeCloseTo((1 + 5 / 6) / 2, 12);
    const word = await scoresOf('copy-warranty-clause', ({ reference }) => reference.replace('six months', '6 months'));
    expect(word.point_accuracy).toBeCloseTo(6 / 7, 12);
  });

  it('give nothing for the text around a quote, and nothing for all of it', async () => {
    const dumped = await scoresOf('quote-lease-terms', ({ prompt }) => prompt);
    expect(dumped).toMatchObject({ exact_match: 0, point_accuracy: 0 });
    const wrong = await scoresOf('quote-lease-terms', () => 'The monthly rate is 74 euros.');
    expect(wrong.point_accuracy).toBe(0);
  });

  it('forgive white space', async () => {
    const scores = await scoresOf('copy-price-list', ({ reference }) => ` ${reference.replaceAll('\n', '\n\n')}\n`);
    expect(scores).toEqual({ exact_match: 1, rouge_l: 1, point_accuracy: 1 });
  });
});
