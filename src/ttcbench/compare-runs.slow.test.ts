import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { compareFolders } from './compare-runs.ts';
import { loadConfig } from './load-config.ts';
import { startRun } from './start-run.ts';

const folder = mkdtempSync(join(tmpdir(), 'ttcbench-compare-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function play(benchmark: string): Promise<string> {
  const flags = { policy: ['baseline'], benchmark: [benchmark], model: 'tiny8', samples: '1', maxTokens: '4' };
  const resolved = await loadConfig({ flags, env: {}, folder });
  const out = join(folder, benchmark);
  await startRun({ resolved, folderOf: () => out, report: 'folder' });
  return out;
}

it('a gate over runs without a common cell is refused: it would let everything through', async () => {
  const folders = [await play('tiny-crm'), await play('extract')];
  expect((await compareFolders(folders)).runs[0]?.cells).toEqual([]);
  await expect(compareFolders(folders, { failIf: ['exact_match < -0.02'] })).rejects.toMatchObject({
    code: 'E_ARGUMENT',
    message: '--fail-if: extract and tiny-crm have no cell in common, so nothing is judged',
  });
});
