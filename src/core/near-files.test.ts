import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { didYouMeanFile, fileWords } from './near-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'ttcbench-near-'));
afterAll(() => rmSync(folder, { recursive: true }));
for (const name of ['questions.jsonl', '.questionz.jsonl', 'evil\u001b.jsonl']) writeFileSync(join(folder, name), '');
mkdirSync(join(folder, 'run-a'));

it.each([
  ['question.jsonl', '; did you mean FOLDER/questions.jsonl?'],
  ['questions.json', '; did you mean FOLDER/questions.jsonl?'],
  ['run-b', '; did you mean FOLDER/run-a?'],
  ['evil.jsonl', '; did you mean FOLDER/evil\\u001b.jsonl?'],
  ['answers.csv', ''],
  ['none/questions.jsonl', ''],
])('%s', (name, said) => {
  expect(didYouMeanFile(join(folder, name)).replace(folder, 'FOLDER')).toBe(said);
});

it('only what fits is meant, and only where something does not exist', () => {
  expect(didYouMeanFile(join(folder, 'run-b'), (entry) => entry.endsWith('.jsonl'))).toBe('');
  const path = join(folder, 'question.jsonl');
  expect(fileWords(path, Object.assign(new Error(), { code: 'EACCES' }))).toBe('access is denied');
  expect(fileWords(path, Object.assign(new Error(), { code: 'ENOENT' }))).toMatch(/^it does not exist; did you mean/);
});
