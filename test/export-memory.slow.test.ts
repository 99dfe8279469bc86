import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { publishTables } from '../src/ttcbench/index.ts';
import { madeUpTrials } from './support/made-up-run.ts';
import { runFolderOf } from './support/run-folder-of.ts';

// 179 columns: 242 MiB were measured on Linux x64, Node 20.
it('a spreadsheet of 100,000 trials is written in less than 300 MiB', async () => {
  const scratch = mkdtempSync(join(tmpdir(), 'ttcbench-xlsx-'));
  try {
    const trials = madeUpTrials();
    const folder = await runFolderOf(join(scratch, 'run'), { trials });
    await publishTables(folder);
    const times = Math.ceil(100_000 / trials.length);
    const script = join(import.meta.dirname, 'support', 'export-many.mjs');
    const words = [script, folder, String(times), join(scratch, 'many.xlsx')];
    const { stdout, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' });
    expect(stderr).toBe('');
    const { rows, mebibytes } = JSON.parse(stdout);
    console.log(stdout);
    expect(rows).toBe(times * trials.length);
    expect(mebibytes).toBeLessThan(300);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}, 300_000);
