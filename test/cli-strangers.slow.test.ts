/** What a stranger types: each is told in one coded line what was wrong, and loses nothing. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openCommandLine } from './support/command-line.ts';

const folder = mkdtempSync(join(tmpdir(), 'ttcbench-strangers-'));
const typed = openCommandLine(folder);
afterAll(async () => {
  await typed[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});
for (const name of ['data.json', 'data.txt']) writeFileSync(join(folder, name), '[{"question": "a", "answer": "b"}]');

const ttcbench = (...words: string[]) => typed(words);

const plan = ['run', '--policy', 'baseline', '--benchmark', 'extract', '--dry-run'];

describe('what is wrong is said at once', () => {
  it.each<[string, string[], RegExp]>([
    ['a file as a run', ['report', 'data.json'], /^E_DATA: data\.json is no folder/],
    ['a model that nobody knows', [...plan, '--model', 'nope'], /^E_MODEL: there is no model "nope"/],
    ['jobs that are not there', [...plan, '--model', 'tiny8', '--jobs', 'none'], /^E_DATA: there is no file none/],
    ['text as metrics', [...plan, '--metrics', './data.txt'], /data\.txt is no JavaScript module\n.*rename/],
    ['data as metrics', [...plan, '--metrics', './data.json'], /data\.json: holds no object of metrics/],
    ['data as a policy', ['run', '--policy', './data.json'], /data\.json is no JavaScript module\n.*rename/],
    [
      'a state that no cache has',
      [...plan, '--prompt-cache', 'hot'],
      /--prompt-cache: must be one of cold, warm, as-is/,
    ],
  ])('%s', async (_, words, said) => {
    const { code, out, err } = await ttcbench(...words);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(said);
  });
});

describe('a report that cannot be written', () => {
  it('is printed all the same, then the file that refused is named', async () => {
    const words = ['--policy', 'baseline', '--benchmark', 'tiny-crm', '--model', 'tiny8', '--samples', '2'];
    // Where a folder has the name of the report, no file can take it: as on a full disk.
    mkdirSync(join(folder, 'metrics_report.md', 'x'), { recursive: true });
    const run = await ttcbench('run', ...words, '--out', 'done');
    const report = await ttcbench('report', 'done');
    rmSync(join(folder, 'metrics_report.md'), { recursive: true });
    for (const { code, out, err } of [run, report]) {
      expect(out).toMatch(/Noise floor/);
      expect(err).toMatch(/E_JOURNAL: metrics_report\.md cannot be written/);
      expect(code).toBe(1);
    }
    const again = await ttcbench('report', 'done');
    expect([again.code, again.err]).toEqual([0, '']);
  });
});

it('a dry run on the engine says where the run goes and about how long it takes, and by what', async () => {
  const { code, out } = await ttcbench(...plan, '--model', 'tiny8', '--samples', '2');
  expect(out).toMatch(/run folder: runs\/[0-9a-f]{12}, a new one/);
  expect(out).toMatch(/about .*\d+ s, an estimate: .* ms for each token of a prompt and .* ms for each of an answer/);
  expect(code).toBe(0);
});
