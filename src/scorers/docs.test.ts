import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import * as scorers from './index.ts';

const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'scorers.md'), 'utf8');
const blocks = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map((match) => match[1] as string);

/** The lines `expression // → value` of a block, each with the declarations that stand before it. */
function examplesOf(block: string) {
  const declarations: string[] = [];
  return block.split('\n').flatMap((line) => {
    const [expression, value] = line.split(' // → ');
    if (value !== undefined) return [{ expression: expression as string, value, before: declarations.join(';\n') }];
    if (line !== '') declarations.push(line);
    return [];
  });
}

const examples = blocks.flatMap(examplesOf);

describe('docs/scorers.md', () => {
  it('has examples', () => expect(examples.length).toBeGreaterThan(15));

  it.each(examples)('$expression', ({ expression, value, before }) => {
    const actual = JSON.parse(JSON.stringify(runInNewContext(`${before};\n(${expression})`, { ...scorers })));
    const expected: unknown = JSON.parse(value);
    if (typeof expected === 'number') expect(actual).toBeCloseTo(expected, 9);
    else expect(actual).toEqual(expected);
  });

  it('names every function that src/scorers exports for scoring', () => {
    const names = [
      'rouge',
      'sentenceBleu',
      'corpusBleu',
      'chrf',
      'corpusChrf',
      'exactMatch',
      'normalisedMatch',
      'tokenF1',
    ];
    for (const name of names) {
      expect(scorers).toHaveProperty(name);
      expect(page).toContain(`\`${name}\``);
    }
    for (const { name } of scorers.lexicons) expect(page).toContain(`\`${name}\``);
  });
});
