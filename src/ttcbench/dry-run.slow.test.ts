import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunFlags } from '../config/index.ts';
import { type DryRun, dryRun } from './dry-run.ts';
import { loadConfig } from './load-config.ts';
import { type RunResult, startRun } from './start-run.ts';

const folder = mkdtempSync(join(tmpdir(), 'ttcbench-dry-'));
afterAll(() => rmSync(folder, { recursive: true }));

const asked: RunFlags = {
  policy: ['early_exit_28'],
  benchmark: ['tiny-crm'],
  model: 'tiny8',
  samples: '2',
  maxTokens: '48',
};
const load = (flags: RunFlags) => loadConfig({ flags: { ...asked, ...flags }, env: {}, folder });
const below = (root: string) => (id: string) => join(folder, root, id);
const foresee = async (flags: RunFlags, root = 'runs') =>
  dryRun(await load(flags), { probe: true, folderOf: below(root) });

let run: RunResult;
beforeAll(async () => {
  run = await startRun({ resolved: await load({}), folderOf: below('runs'), report: 'folder' });
});

/** Probed answers end by their 17th token and the limit is 48: no spread of speed makes both ends one number. */
function expectRange(estimate: DryRun['estimate']): void {
  expect(estimate?.seconds.low).toBeGreaterThan(0);
  expect(estimate?.seconds.high).toBeGreaterThan(estimate?.seconds.low ?? 0);
  expect(estimate?.basis).toMatch(/by 3 short calls of the baseline .*; answers from \d+ tokens?, .* to their limit/);
}

describe('the folder of a run', () => {
  it('is named before it is there, as the run names it, and none is made', async () => {
    const { out, resumes, left, trials, estimate } = await foresee({}, 'others');
    expect(out).toBe(join(folder, 'others', (run.folder as string).split('/').at(-1) as string));
    expect({ resumes, left, trials }).toEqual({ resumes: false, left: 6, trials: 6 });
    expect(readdirSync(folder)).not.toContain('others');
    expectRange(estimate);
  });

  it('would be resumed where the plan is its own, and nothing is timed where nothing is left', async () => {
    const { estimate, ...rest } = await foresee({});
    expect(rest).toMatchObject({ out: run.folder, resumes: true, left: 0 });
    expect(estimate).toBeUndefined();
  });

  it('of another plan is refused, with both values', async () => {
    await expect(foresee({ out: run.folder, seed: '2' })).rejects.toMatchObject({
      code: 'E_PLAN',
      message: expect.stringContaining('seed (1 then, 2 now)'),
    });
    await expect(foresee({ out: run.folder, samples: '1' })).rejects.toMatchObject({ code: 'E_PLAN' });
  });

  it('of another configuration is refused where a server would have to be asked for the rest', async () => {
    const flags = { out: run.folder, backend: 'openai', baseUrl: ['http://127.0.0.1:9/v1'], model: 'm' };
    await expect(foresee(flags)).rejects.toMatchObject({ code: 'E_PLAN', message: expect.stringContaining('backend') });
    expect(await foresee({ ...flags, out: join(folder, 'new') })).toMatchObject({ resumes: false, left: null });
  });

  it('that cannot be one is refused', async () => {
    writeFileSync(join(folder, 'file'), '');
    mkdirSync(join(folder, 'full'), { recursive: true });
    writeFileSync(join(folder, 'full', 'mine.txt'), '');
    await expect(foresee({ out: join(folder, 'full') })).rejects.toMatchObject({ code: 'E_PLAN' });
    for (const out of [join(folder, 'file'), join(folder, 'file', 'x')])
      await expect(foresee({ out })).rejects.toMatchObject({ code: 'E_ARGUMENT' });
  });
});

describe('models', () => {
  const damaged = join(folder, 'damaged.gguf');
  const drafting = (model: string): RunFlags => ({
    policy: ['speculative_decoding'],
    set: ['draft=model', `draft_model=${model}`].map((one) => `policies.speculative_decoding.${one}`),
  });

  it.each<[string, RunFlags, string]>([
    ['that is not there', { model: './none.gguf' }, 'E_MODEL'],
    ['that is a folder', { model: folder }, 'E_MODEL'],
    ['that is cut short', { model: damaged }, 'E_GGUF'],
    ['to draft with that is not there', drafting('./none.gguf'), 'E_MODEL'],
    ['to draft with that is cut short', drafting(damaged), 'E_GGUF'],
  ])('one %s is refused', async (_, flags, code) => {
    writeFileSync(damaged, 'GGU');
    await expect(foresee(flags)).rejects.toMatchObject({ code });
  });
});
