import { expect, it } from 'vitest';
import { differenceWords } from './difference-words.ts';

it('shows both values of each field that differs, and nothing that acts on a terminal', () => {
  const then = { seed: 1, benchmarks: [{ name: 'extract', samples: 5 }], margin: { quality: 0.02 } };
  expect(differenceWords(then, { ...then, seed: 2 })).toEqual(['seed (1 then, 2 now)']);
  expect(differenceWords(then, { ...then, benchmarks: [{ name: 'extract', samples: null }] })).toEqual([
    'benchmarks.extract.samples (5 then, not set now)',
  ]);
  expect(differenceWords({}, { seed: 2 })).toEqual(['seed (not set then, 2 now)']);
  expect(differenceWords(then, structuredClone(then))).toEqual([]);
  const policies = (...names: string[]) => ({
    maxTokens: null,
    policies: names.map((name) => ({ name, params: { k: 1 } })),
  });
  expect(differenceWords(policies('a', 'b'), { ...policies('b', 'c', 'd'), maxTokens: 48 })).toEqual([
    'max_tokens (not set then, 48 now)',
    'policies (a, b then, b, c, d now)',
  ]);
  const [long] = differenceWords({ model: 'a' }, { model: `\u001b[31m${'x'.repeat(500)}` });
  expect(long).not.toContain('\u001b');
  expect(long!.length).toBeLessThan(120);
});
