/** The library as docs/library.md has it. */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import * as library from '../src/index.ts';

const scratch = mkdtempSync(join(tmpdir(), 'ttcbench-library-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const root = join(import.meta.dirname, '..');
const page = readFileSync(join(root, 'docs/library.md'), 'utf8');

const settings = { policies: ['early_exit_32'], benchmarks: ['tiny-crm'], model: 'tiny8', samples: 2 };
const resolve = (out: string, more: object = {}) =>
  library.loadConfig({ settings: { ...settings, out: join(scratch, out), ...more }, env: {}, folder: scratch });

describe('the library', () => {
  it('has every function of its page', () => {
    const names = [...page.matchAll(/^\| `(\w+)(?:\.\w+)?\(/gm)].map(([, name]) => name as string);
    expect(names.length).toBeGreaterThanOrEqual(8);
    for (const name of names) expect(library, name).toHaveProperty(name);
  });

  it('runs its example as it stands', async () => {
    const folder = mkdtempSync(join(scratch, 'example-'));
    // Beside the project, so that `ttcbench` is the package itself.
    const example = join(root, 'examples/library.mjs');
    const { stdout } = await promisify(execFile)(process.execPath, [example], { cwd: folder });
    expect(stdout).toMatch(/^complete, in runs\/[0-9a-f]{12}$/m);
    expect(stdout).toMatch(/^speculative_decoding: score \d\.\d{3}, time × /m);
    expect(existsSync(join(folder, 'metrics_report.md'))).toBe(false);
  });

  it('takes settings as a file would hold them: over the environment, under flags, checked by name', async () => {
    const options = { env: { TTCBENCH_SEED: '5', TTCBENCH_REPEATS: '4' }, folder: scratch };
    const { config } = await library.loadConfig({ ...options, settings: { ...settings, seed: 7 } });
    expect([config.seed, config.repeats]).toEqual([7, 4]);
    const flagged = await library.loadConfig({ ...options, settings: { ...settings, seed: 7 }, flags: { seed: '9' } });
    expect(flagged.config.seed).toBe(9);
    const wrong = library.loadConfig({ ...options, settings: { ...settings, smaples: 3 } });
    await expect(wrong).rejects.toMatchObject({
      code: 'E_CONFIG',
      message: expect.stringMatching(/settings.*smaples/),
    });
  });
});

describe('an abort ends a run in one way', () => {
  it('before anything was opened', async () => {
    const resolved = await resolve('early');
    const result = await library.startRun({ resolved, signal: AbortSignal.abort(), report: 'folder' });
    expect(result).toMatchObject({ status: 'interrupted', exitCode: 130 });
    expect(result.folder).toBeUndefined();
    expect(existsSync(join(scratch, 'early'))).toBe(false);
  });

  it('with a reason of the caller’s, in the middle; the same call then goes on', async () => {
    const resolved = await resolve('middle');
    const stop = new AbortController();
    const first = await library.startRun({
      resolved,
      signal: stop.signal,
      report: 'folder',
      onEvent: (event) => void (event.type === 'trial' && stop.abort(new Error('seen enough'))),
    });
    expect(first).toMatchObject({ status: 'interrupted', folder: join(scratch, 'middle'), exitCode: 130 });
    expect(first.report).toBeUndefined();
    const second = await library.startRun({ resolved, report: 'folder' });
    expect(second).toMatchObject({ status: 'complete', exitCode: 0 });
    const lines = readFileSync(join(scratch, 'middle', 'journal-main.jsonl'), 'utf8')
      .trim()
      .split('\n');
    expect(new Set(lines.map((line) => JSON.parse(line).key)).size).toBe(lines.length);
    expect(lines).toHaveLength(6);
  });

  it('and what is wrong is not taken for one', async () => {
    const resolved = await resolve('wrong', { model: join(scratch, 'none.gguf') });
    const signal = new AbortController().signal;
    await expect(library.startRun({ resolved, signal, report: 'folder' })).rejects.toMatchObject({ code: 'E_MODEL' });
  });
});

it('the times of a timeline can be kept without its texts', async () => {
  for (const timeline of ['full', 'times'])
    await library.startRun({ resolved: await resolve(timeline, { timeline }), report: 'folder' });
  const turnsOf = (name: string) =>
    readFileSync(join(scratch, name, 'journal-main.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .flatMap((line) => JSON.parse(line).turns as { texts?: string[]; at: number[] }[]);
  expect(turnsOf('full').every(({ texts, at }) => texts?.length === at.length)).toBe(true);
  expect(turnsOf('times').every(({ texts }) => texts === undefined)).toBe(true);
});
