import { expect, it } from 'vitest';
import { type Sample, validate } from '../../core/index.ts';
import { samplesOf } from '../samples-of.ts';
import { tinyCrm } from './tiny-crm.ts';

async function play(given: Record<string, unknown>): Promise<Sample[]> {
  await using open = await tinyCrm.open(validate(tinyCrm.options, given, 'tiny-crm'));
  return samplesOf(open);
}

it('has 30 questions in each of nine families, and any first nine hold each family once', async () => {
  const samples = await play({});
  const families = new Set(samples.map((sample) => sample.family));
  expect(families.size).toBe(9);
  for (const family of families) expect(samples.filter((sample) => sample.family === family)).toHaveLength(30);
  expect(new Set(samples.slice(0, 9).map((sample) => sample.family))).toEqual(families);
});

it('plays only the wanted families', async () => {
  const samples = await play({ families: ['kqa', 'workflow'] });
  expect(samples).toHaveLength(60);
  expect(new Set(samples.map((sample) => sample.family))).toEqual(new Set(['kqa', 'workflow']));
});

it('refuses a family that does not exist', () => {
  expect(() => validate(tinyCrm.options, { families: ['kq'] }, 'tiny-crm')).toThrow(/families/);
});

it('has room for its longest answer', async () => {
  // A token of tiny8 is at least one character; its longest reference answer has 91 tokens.
  expect(tinyCrm.maxTokens).toBeGreaterThanOrEqual(91);
});
