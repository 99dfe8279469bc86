import { expect, it } from 'vitest';
import { isFile } from './is-file.ts';

it.each(['./mine.js', 'mine.mjs', 'MINE.MJS', 'mine.ts', 'a/b', 'a\\b', 'samples.jsonl', 'Samples.JSON'])(
  '%s is a file',
  (name) => {
    expect(isFile(name)).toBe(true);
  },
);
it.each(['early_exit_28', 'a+b', 'extract', 'tiny-crm', 'mjs', 'model.gguf'])('%s is a name', (name) => {
  expect(isFile(name)).toBe(false);
});
