/** A policy from a module of the user's own, on the command line. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { openCommandLine } from './support/command-line.ts';

const folder = mkdtempSync(join(tmpdir(), 'ttcbench-own-policy-'));
const typed = openCommandLine(folder);
afterAll(async () => {
  await typed[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const ttcbench = (...words: string[]) => typed(words);

describe('a policy of the user’s own', () => {
  it('runs from its module, without an entry anywhere', async () => {
    const module = fileURLToPath(new URL('../examples/last-bigram.mjs', import.meta.url));
    const words = ['--benchmark', 'tiny-crm', '--model', 'tiny8', '--samples', '4', '--out', 'own', '--json'];
    const { code, out } = await ttcbench('run', '--policy', module, ...words);
    expect(code).toBe(0);
    const cell = JSON.parse(out).cells.find((one: { policy_name: string }) => one.policy_name === 'last_bigram');
    expect(cell).toMatchObject({ trials: 4, failed: 0 });
    expect(cell.metrics.agreement.mean).toBe(1);
    expect(cell.metrics.draft_acceptance_rate.mean).toBeGreaterThan(0);
    expect(cell.acted).toBe(true);
  });

  it('that throws is blamed for it, with the line', async () => {
    const text = readFileSync(new URL('../examples/last-bigram.mjs', import.meta.url), 'utf8');
    const broken = text.replace(/(async function\* .*\n)/, '$1  undefined.boom;\n');
    writeFileSync(join(folder, 'broken.mjs'), broken);
    const place = broken.split('\n').findIndex((line) => line.includes('undefined.boom')) + 1;
    const words = ['--benchmark', 'tiny-crm', '--model', 'tiny8', '--samples', '1', '--out', 'broken'];
    const { code } = await ttcbench('run', '--policy', './broken.mjs', ...words);
    expect(code).toBe(3);
    const trials = readFileSync(join(folder, 'broken', 'journal-main.jsonl'), 'utf8')
      .trim()
      .split('\n');
    const failed = trials.map((line) => JSON.parse(line)).filter(({ status }) => status === 'failed');
    expect(failed).toHaveLength(1);
    expect(failed[0].error).toMatchObject({
      code: 'E_POLICY',
      message: expect.stringMatching(new RegExp(`^broken\\.mjs:${place}:\\d+: TypeError: `)),
    });
  });

  it('that was edited is another policy', async () => {
    const text = readFileSync(new URL('../examples/last-bigram.mjs', import.meta.url), 'utf8');
    const mine = join(folder, 'mine.mjs');
    const words = [
      'run',
      '--policy',
      mine,
      '--benchmark',
      'tiny-crm',
      '--model',
      'tiny8',
      '--samples',
      '2',
      '--out',
      'mine',
    ];
    writeFileSync(mine, text);
    expect((await ttcbench(...words)).code).toBe(0);
    writeFileSync(mine, `${text}\n// edited\n`);
    expect(await ttcbench(...words)).toMatchObject({ code: 2, err: expect.stringMatching(/E_PLAN/) });
  });
});
