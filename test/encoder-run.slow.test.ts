/** Runs without and with the sentence encoder: a metric more or its reason, and not one row of work between them. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { RunFlags } from '../src/config/index.ts';
import type { Trial } from '../src/core/index.ts';
import { findPulled } from '../src/models/index.ts';
import type { ReportCell } from '../src/report/report-types.ts';
import { readRun } from '../src/store/read-run.ts';
import { loadConfig, type RunResult, registries, rescore, startRun } from '../src/ttcbench/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'ttcbench-encoder-run-'));
const home = process.cwd();
const rows = new URL('../src/benchmarks/worfbench/rows.fixture.json', import.meta.url).pathname;
const { signal } = new AbortController();
const pulled = await findPulled('minilm');
const reason =
  typeof pulled === 'string' ? `model minilm is ${pulled === 'missing' ? 'not pulled' : pulled}` : undefined;
if (reason) console.warn(`skipped: runs with the sentence encoder, ${reason} (ttcbench models pull minilm)`);

beforeAll(() => {
  process.chdir(folder);
  mkdirSync('empty');
  if (typeof pulled !== 'string') {
    mkdirSync('full/models', { recursive: true });
    for (const file of readdirSync(dirname(pulled.path)).filter((name) => name.startsWith('all-MiniLM')))
      symlinkSync(join(dirname(pulled.path), file), join('full/models', file));
  }
});
afterAll(() => {
  process.chdir(home);
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

async function play(cache: 'empty' | 'full', flags: RunFlags): Promise<RunResult> {
  vi.stubEnv('TTCBENCH_CACHE', join(folder, cache));
  const resolved = await loadConfig({
    flags: { model: 'tiny8', policy: 'early_exit_32', offline: true, ...flags },
    registries,
  });
  return startRun({ resolved, command: '', signal });
}
const questions = (out: string) => ({ benchmark: ['tiny-crm'], samples: '4', out });
const trialsOf = (out: string): Trial[] => [...readRun(out).trials()].sort((a, b) => (a.key < b.key ? -1 : 1));
const meanOf = (cells: readonly ReportCell[] = []) => cells[0]?.metrics.semantic_similarity?.mean;

describe('without the encoder', () => {
  it('semantic similarity is missing, and the report says why', async () => {
    const { report } = await play('empty', questions('without'));
    expect(meanOf(report?.cells)).toBeUndefined();
    expect(report?.run.notes).toContainEqual(
      'semantic_similarity is missing in 12 of 12 trials: model minilm is not pulled (ttcbench models pull minilm)',
    );
    for (const trial of trialsOf('without')) {
      expect(trial.scores).not.toHaveProperty('semantic_similarity');
      expect(trial).not.toHaveProperty('encoder');
    }
  });

  it('a benchmark that compares with it plays nothing', async () => {
    const worfbench = { benchmark: ['worfbench'], data: [`worfbench=${rows}`], samples: '2', out: 'never' };
    await expect(
      play('empty', { ...worfbench, set: ['benchmarks.worfbench.similarity=minilm'] }),
    ).rejects.toMatchObject({
      code: 'E_MODEL',
      message: expect.stringContaining('worfbench[similarity=minilm] compares with minilm'),
    });
    expect(() => trialsOf('never')).toThrow();
  });
});

describe.skipIf(reason)(`with the encoder${reason ? ` (skipped: ${reason})` : ''}`, () => {
  it('every trial has the cosine and the encoder’s name, and the same work as without', async () => {
    const { report } = await play('full', questions('with'));
    const work = ({ key, answer, counters: { sums } }: Trial) => ({
      ...{ key, answer },
      sums: Object.fromEntries(Object.entries(sums).filter(([name]) => !name.endsWith('_ms'))),
    });
    expect(trialsOf('with').map(work)).toEqual(trialsOf('without').map(work));
    for (const { scores, encoder } of trialsOf('with')) {
      expect(encoder).toBe('minilm');
      expect(Object.keys(scores).at(-1)).toBe('semantic_similarity');
      if (scores.exact_match === 1) expect(scores.semantic_similarity).toBeGreaterThan(0.9999);
      else expect(scores.semantic_similarity).toBeLessThan(1);
    }
    expect(report?.run.notes).toContainEqual('semantic_similarity is the cosine of sentence vectors by minilm');
    expect(meanOf(report?.cells)).toBeGreaterThan(0);
  });

  it('rescore makes up for it, and forgets it no more', async () => {
    vi.stubEnv('TTCBENCH_CACHE', join(folder, 'full'));
    const made = await rescore('without', { signal });
    const played = await rescore('with', { signal });
    expect(meanOf(made.cells)).toBe(meanOf(played.cells));
    expect(made.run.notes?.join()).not.toContain('missing');
    vi.stubEnv('TTCBENCH_CACHE', join(folder, 'empty'));
    expect(meanOf((await rescore('with', { signal })).cells)).toBe(meanOf(played.cells));
  });

  it('a bad option of rescore is an error of ours also while the encoder closes', async () => {
    vi.stubEnv('TTCBENCH_CACHE', join(folder, 'full'));
    let unhandled = 0;
    const count = () => void unhandled++;
    process.on('unhandledRejection', count);
    await expect(rescore('with', { signal, margin: { qualty: 1 } })).rejects.toMatchObject({ code: 'E_ARGUMENT' });
    process.off('unhandledRejection', count);
    expect(unhandled).toBe(0);
  });

  it('WorfBench by meaning stands under its own name', async () => {
    const worfbench = {
      benchmark: ['worfbench'],
      data: [`worfbench=${rows}`],
      samples: '2',
      maxTokens: '16',
      out: 'worf',
    };
    const set = ['benchmarks.worfbench.similarity=minilm', 'benchmarks.worfbench.shots=0'];
    const { report } = await play('full', { ...worfbench, set });
    expect(report?.groups.map(({ benchmark, headline }) => [benchmark, headline])).toEqual([
      ['worfbench[similarity=minilm]', 'f1_chain'],
    ]);
    expect(report?.run.notes?.join()).toContain('worfbench[similarity=minilm] compares texts by minilm');
    expect(trialsOf('worf').every(({ status, error }) => status === 'ok' && !error)).toBe(true);
  });
});
