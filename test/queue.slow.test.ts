/** A run over a queue: two workers, one of them killed with -9, judged by the journal and the server's books. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSimulator } from '../src/gateway/index.ts';
import { openStore, runsKey } from '../src/queue/store.ts';
import { readManifest } from '../src/store/manifest.ts';
import { linesOf } from '../src/store/read-journals.ts';
import { loadConfig, type StartRun, startRun } from '../src/ttcbench/index.ts';

const bin = fileURLToPath(new URL('../bin/ttcbench.js', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'ttcbench-queue-'));
const hasRedis = spawnSync('redis-server', ['--version']).status === 0;
if (!hasRedis) console.warn('SKIPPED: no redis-server here, so the queue is not tried (apt-get install redis-server)');
const key = 'gsk_simulated_key_of_nobody_else';
const processes = new Set<ChildProcess>();
let url = '';

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

beforeAll(async () => {
  if (!hasRedis) return;
  process.env.GROQ_API_KEY = key;
  process.env.TTCBENCH_CACHE = join(scratch, 'cache');
  const port = await freePort();
  const words = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--maxmemory-policy', 'noeviction'];
  processes.add(spawn('redis-server', [...words, '--dir', scratch], { stdio: 'ignore' }));
  url = `redis://127.0.0.1:${port}`;
});
afterAll(() => {
  for (const one of processes) one.kill('SIGKILL');
  rmSync(scratch, { recursive: true, force: true });
});

function worker(...words: string[]): ChildProcess & { said(): string } {
  const child = spawn(process.execPath, [bin, 'worker', '--queue', url, ...words], { cwd: scratch });
  processes.add(child);
  let said = '';
  child.stderr.on('data', (data) => {
    said += data;
  });
  return Object.assign(child, { said: () => said });
}

async function play(out: string, more: object, options: Partial<StartRun> = {}) {
  const folder = join(scratch, out);
  const settings = {
    ...{ policies: ['baseline'], benchmarks: ['tiny-crm'], samples: 20, max_tokens: 8, out: folder },
    ...{ backend: 'groq', concurrency: 64, offline: true, queue: url },
    ...more,
  };
  const resolved = await loadConfig({ settings, env: {}, folder: scratch });
  const result = await startRun({ resolved, report: 'folder', ...options });
  return { result, folder, trials: [...linesOf(folder)] };
}

const planned = (folder: string): string[] =>
  readFileSync(join(folder, 'jobs.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).key);

describe.skipIf(!hasRedis)('a queue', () => {
  it('plays 2,000 trials at 100 a second, each once, though a worker is killed in the middle', async () => {
    const server = await startSimulator({ apiKey: key, rpm: 6300, ttft: 50, tpot: 2 });
    const workers = [worker('--once'), worker('--once')];
    let finished = 0;
    const { result, folder, trials } = await play(
      'many',
      { base_url: server.url, requests_per_second: 100, repeats: 50 },
      { onEvent: ({ type }) => void (type === 'trial' && ++finished === 1000 && workers[0]?.kill('SIGKILL')) },
    );
    const truth = server
      .truth()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const { violations } = server.account();
    await server.close();
    expect(result).toMatchObject({ status: 'complete', exitCode: 0 });
    const keys = trials.map((trial) => trial.key);
    expect(keys).toHaveLength(2000);
    expect([...keys].sort()).toEqual(planned(folder).sort());
    expect(trials.every(({ status }) => status === 'ok')).toBe(true);
    expect(violations).toEqual({ rpm: 0, rpd: 0, tpm: 0, tpd: 0 });
    const received: number[] = truth.map((one) => one.received).sort((a, b) => a - b);
    const first = received[0] as number;
    const seconds = new Map<number, number>();
    for (const at of received) {
      const second = Math.floor((at - first) / 1000);
      seconds.set(second, (seconds.get(second) ?? 0) + 1);
    }
    console.log(`calls ${received.length}, a second: ${[...seconds.values()].join(' ')}`);
    // Never more than the rate and its bucket; how much less depends on the machine.
    expect(Math.max(...seconds.values())).toBeLessThanOrEqual(106 + 10);
    expect(readManifest(join(folder, 'run.json'))?.sessions[0]?.workers).toEqual({ clients: 2, died: 1, machines: 1 });
    const [code] = workers[1]?.exitCode === null ? await once(workers[1] as ChildProcess, 'exit') : [0];
    expect(code).toBe(0);
  });

  it('refuses a worker of another version, and a run on the engine', async () => {
    const store = await openStore(url);
    await store.redis.hset(
      runsKey,
      'other',
      JSON.stringify({ version: '0.0.0', resolved: '{}', identity: '', policies: '' }),
    );
    const refused = worker('--once');
    const [code] = await once(refused, 'exit');
    await store.redis.del(runsKey);
    store.redis.disconnect();
    expect(code).toBe(1);
    expect(refused.said()).toMatch(/E_CHANGED.*ttcbench 0\.0\.0/);
    await expect(play('engine', { backend: 'ggml', model: 'tiny8', samples: 1 })).rejects.toMatchObject({
      code: 'E_ARGUMENT',
      message: expect.stringContaining('within one machine'),
    });
  });

  it('gives a run that goes on what was played while it was away', async () => {
    const server = await startSimulator({ apiKey: key, ttft: 50, tpot: 2 });
    const helper = worker();
    const abort = new AbortController();
    let finished = 0;
    const onEvent: StartRun['onEvent'] = ({ type }) => void (type === 'trial' && ++finished === 10 && abort.abort());
    const first = await play('again', { base_url: server.url }, { signal: abort.signal, onEvent });
    expect(first.result.status).toBe('interrupted');
    await pause(500);
    const { result, folder, trials } = await play('again', { base_url: server.url });
    helper.kill('SIGINT');
    await server.close();
    expect(result.status).toBe('complete');
    expect(trials.map((trial) => trial.key).sort()).toEqual(planned(folder).sort());
  });
});
