import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, it, vi } from 'vitest';
import { loadConfig, type RunFlags } from '../config/index.ts';
import { type Simulator, startSimulator } from '../gateway/index.ts';
import { startRun } from '../ttcbench/start-run.ts';
import { isFinished } from './finished-run.ts';
import { registries } from './registries.ts';

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
    flags: { ...where, samples: '2', maxTokens: '40', ...flags },
    registries,
    env: {},
    folder,
  });
  const notes: string[] = [];
  const started: { folder: string; jobs: number; left: number }[] = [];
  const { report, ...result } = await startRun({
    resolved,
    command: '',
    signal: new AbortController().signal,
    report: 'folder',
    folderOf: (id) => join(folder, 'runs', id),
    onNote: (sentence) => notes.push(sentence),
    onStart: ({ folder, jobs, left }) => started.push({ folder, jobs, left }),
  });
  return { ...result, cells: report?.cells, started: started[0], notes };
}

const scored = (place: string) =>
  ['scores.jsonl', 'floors.json'].map((name) => readFileSync(join(place, name), 'utf8'));
function lose(place: string): void {
  for (const name of ['scores.jsonl', 'floors.json']) rmSync(join(place, name));
}

it.each<RunFlags>([{}, { model }])(
  'of a finished run the server is asked what it is, and nothing more: %j',
  async (flags) => {
    const first = await run(flags);
    expect(first).toMatchObject({ status: 'complete', exitCode: 0, started: { jobs: 4, left: 4 }, notes: [] });
    const before = server.account();
    const again = await run(flags);
    expect(server.account()).toMatchObject({ requests: before.requests, connections: before.connections + 1 });
    expect(again.started).toEqual({ folder: first.folder, jobs: 4, left: 0 });
    expect(again).toMatchObject({
      folder: first.folder,
      status: 'complete',
      exitCode: 0,
      cells: first.cells,
      notes: [],
    });
  },
);

it.each<RunFlags>([{}, { model }])(
  'where the server is down its report is shown, and a note says why: %j',
  async (flags) => {
    const first = await run(flags);
    await server.close();
    const again = await run(flags);
    expect(again).toMatchObject({ folder: first.folder, started: { left: 0 }, exitCode: 0, cells: first.cells });
    expect(again.notes).toEqual([
      expect.stringMatching(
        / cannot be reached.*: the server is down; exactly one finished run matches, .*, so its report is shown/,
      ),
    ]);
    await expect(run({ ...flags, samples: '3' })).rejects.toMatchObject({ code: 'E_CONNECT' });
  },
);

it('a server that is another by now is not passed over', async () => {
  const out = join(folder, 'named');
  await run({ out });
  const port = Number(new URL(server.url).port);
  await server.close();
  server = await startSimulator({ port, ttft: 1, tpot: 0.1, models: ['openai/gpt-oss-20b'] });
  await expect(run({ out })).rejects.toMatchObject({ code: 'E_PLAN' });
  await server.close();
  const vllm = createServer(({ url }, response) => {
    response.statusCode = url?.endsWith('/models') ? 200 : 503;
    response.end(JSON.stringify({ data: [{ id: model, owned_by: 'vllm' }] }));
  });
  await new Promise<void>((resolve) => vllm.listen(port, '127.0.0.1', resolve));
  try {
    await expect(run({ out })).rejects.toMatchObject({ code: 'E_PLAN' });
  } finally {
    vllm.close();
  }
});

it('scores and floors that were lost are made again, with the server and without', async () => {
  const { folder: place, cells } = await run();
  const before = scored(place as string);
  lose(place as string);
  expect(await run()).toMatchObject({ status: 'complete', cells });
  expect(scored(place as string)).toEqual(before);
  lose(place as string);
  await server.close();
  expect(await run()).toMatchObject({ status: 'complete', cells });
  expect(scored(place as string)).toEqual(before);
});

it('a damaged neighbour keeps no finished run from being shown', async () => {
  const { folder: place } = await run();
  const manifest = JSON.parse(readFileSync(join(place as string, 'run.json'), 'utf8'));
  for (const [name, damage] of Object.entries({ sessions: null, schema: 2, checks: null })) {
    mkdirSync(join(folder, 'runs', name));
    writeFileSync(join(folder, 'runs', name, 'run.json'), JSON.stringify({ ...manifest, [name]: damage }));
  }
  expect(() => isFinished(join(folder, 'runs', 'sessions'))).toThrow(expect.objectContaining({ code: 'E_JOURNAL' }));
  await server.close();
  expect(await run()).toMatchObject({ folder: place, started: { left: 0 } });
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
