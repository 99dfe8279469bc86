import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, it, vi } from 'vitest';
import { loadConfig, type RunFlags } from '../config/index.ts';
import { type Simulator, startSimulator } from '../gateway/index.ts';
import { registries } from './registries.ts';
import { startRun } from './start-run.ts';

const scratch = mkdtempSync(join(tmpdir(), 'ttcbench-finished-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

let server: Simulator;
let folder: string;
const model = 'llama-3.1-8b-instant';
beforeEach(async () => {
  server = await startSimulator({ ttft: 1, tpot: 0.1, models: [model] });
  folder = mkdtempSync(join(scratch, 'x-'));
  // No encoder, and no capabilities of another test's server.
  vi.stubEnv('TTCBENCH_CACHE', join(folder, 'cache'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await server.close();
});

async function run(flags: RunFlags = {}) {
  const where = { backend: 'openai', baseUrl: [server.url], benchmark: ['extract'], policy: ['baseline'] };
  const resolved = await loadConfig({
    flags: { ...where, samples: '2', maxTokens: '4', ...flags },
    registries,
    env: {},
    folder,
  });
  const started: { folder: string; jobs: number; left: number }[] = [];
  const { report, ...result } = await startRun({
    resolved,
    command: '',
    signal: new AbortController().signal,
    report: 'folder',
    folderOf: (id) => join(folder, 'runs', id),
    onStart: ({ folder, jobs, left }) => started.push({ folder, jobs, left }),
  });
  return { ...result, cells: report?.cells, started: started[0] };
}

it('a finished run that the command names is shown without a request', async () => {
  const first = await run({ model });
  expect(first).toMatchObject({ status: 'complete', exitCode: 0, started: { jobs: 4, left: 4 } });
  const before = server.account();
  const again = await run({ model });
  expect(server.account()).toEqual(before);
  expect(again.started).toEqual({ folder: first.folder, jobs: 4, left: 0 });
  expect(again).toMatchObject({ folder: first.folder, status: 'complete', exitCode: 0, cells: first.cells });
});

it('where the server says which model is meant it is asked, unless it is gone', async () => {
  const first = await run();
  const before = server.account();
  expect(await run()).toMatchObject({ folder: first.folder, started: { left: 0 } });
  expect(server.account()).not.toEqual(before);
  await server.close();
  expect(await run()).toMatchObject({ folder: first.folder, started: { left: 0 }, cells: first.cells });
  await expect(run({ samples: '3' })).rejects.toMatchObject({ code: 'E_CONNECT' });
});

it('another plan is another run, and what is left is played: lost lines, failed trials that are to be tried again', async () => {
  const out = join(folder, 'named');
  await run({ out });
  await server.close();
  expect(await run({ out })).toMatchObject({ folder: out, started: { left: 0 }, exitCode: 0 });
  await expect(run({ out, samples: '1' })).rejects.toMatchObject({ code: 'E_CONNECT' });
  await expect(run({ out, margin: ['quality=0.1'] })).rejects.toMatchObject({ code: 'E_CONNECT' });
  const journal = join(out, readdirSync(out).find((name) => name.startsWith('journal-')) as string);
  const lines = readFileSync(journal, 'utf8').trim().split('\n');
  const failed = { ...JSON.parse(lines[0] as string), status: 'failed', error: { code: 'E_SERVER', message: 'down' } };
  writeFileSync(journal, `${[JSON.stringify(failed), ...lines.slice(1)].join('\n')}\n`);
  expect(await run({ out })).toMatchObject({ started: { left: 0 }, exitCode: 3 });
  await expect(run({ out, retryFailed: true })).rejects.toMatchObject({ code: 'E_CONNECT' });
  writeFileSync(journal, `${lines.slice(1).join('\n')}\n`);
  await expect(run({ out })).rejects.toMatchObject({ code: 'E_CONNECT' });
});
