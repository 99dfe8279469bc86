import { expect } from 'vitest';
import { type RougeScores, rouge, rougeTokens } from '../../src/scorers/index.ts';
import { checkGolden, expectClose } from './golden-file.ts';

type Triples = Record<keyof RougeScores, [precision: number, recall: number, f1: number]>;

function expectScores(actual: RougeScores, expected: Triples, variant: string): void {
  for (const name of ['rouge1', 'rouge2', 'rougeL', 'rougeLsum'] as const) {
    const [precision, recall, f1] = expected[name];
    expectClose(actual[name].precision, precision, `${variant} ${name} precision`);
    expectClose(actual[name].recall, recall, `${variant} ${name} recall`);
    expectClose(actual[name].f1, f1, `${variant} ${name} f1`);
  }
}

checkGolden<{ prediction: string; target: string; plain: Triples; stem: Triples }>('rouge.jsonl', (row) => {
  expectScores(rouge(row.prediction, row.target), row.plain, 'plain');
  expectScores(rouge(row.prediction, row.target, { stem: true }), row.stem, 'stemmed');
});

checkGolden<{ text: string; plain: string[]; stem: string[] }>('rouge_tokens.jsonl', (row) => {
  expect(rougeTokens(row.text)).toEqual(row.plain);
  expect(rougeTokens(row.text, { stem: true })).toEqual(row.stem);
});
