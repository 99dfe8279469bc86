/** A run over a queue: two workers, one of them killed with -9, judged by the journal and the server's books. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSimulator } from '../src/gateway/index.ts';
import { openStore } from '../src/queue/open-store.ts';
import { readManifest } from '../src/store/manifest.ts';
import { linesOf } from '../src/store/read-journals.ts';
import { loadConfig, type StartRun, startRun } from '../src/ttcbench/index.ts';
import { password, startPostgres, startRedis } from './support/start-store.ts';

const bin = fileURLToPath(new URL('../bin/ttcbench.js', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'ttcbench-queue-'));
const key = 'gsk_simulated_key_of_nobody_else';
const processes = new Set<ChildProcess>();
let url = '';

beforeAll(() => {
  process.env.GROQ_API_KEY = key;
  process.env.TTCBENCH_CACHE = join(scratch, 'cache');
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

const stores = {
  Redis: await startRedis(scratch),
  Postgres: await startPostgres(scratch),
};
for (const [name, store] of Object.entries(stores))
  if (!store)
    console.warn(`SKIPPED: no ${name} here, so a queue in it is not tried (apt-get install redis-server postgresql)`);

describe.each(Object.entries(stores).flatMap(([name, store]) => (store ? [{ name, store }] : [])))(
  'a queue in $name',
  ({ name, store }) => {
    const out = (what: string) => `${name}-${what}`;
    beforeAll(() => {
      url = store.url;
    });
    afterAll(() => store.kill());

    it('plays 2,000 trials at 100 a second, each once, though a worker is killed in the middle', async () => {
      const server = await startSimulator({ apiKey: key, rpm: 6300, ttft: 50, tpot: 2 });
      const workers = [worker('--once'), worker('--once')];
      let finished = 0;
      const { result, folder, trials } = await play(
        out('many'),
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
      expect(readManifest(join(folder, 'run.json'))?.sessions[0]?.workers).toEqual({
        clients: 2,
        died: 1,
        machines: 1,
      });
      const [code] = workers[1]?.exitCode === null ? await once(workers[1] as ChildProcess, 'exit') : [0];
      expect(code).toBe(0);
    }, 300_000);

    it('refuses a worker of another version, and a run on the engine', async () => {
      const opened = await openStore(url);
      const other = opened.open('other');
      await other.begin();
      await other.announce(JSON.stringify({ version: '0.0.0', resolved: '{}', identity: '', policies: '' }));
      const refused = worker('--once');
      const [code] = await once(refused, 'exit');
      await other.end();
      await other.close();
      await opened.close();
      expect(code).toBe(1);
      expect(refused.said()).toMatch(/E_CHANGED.*ttcbench 0\.0\.0/);
      await expect(play(out('engine'), { backend: 'ggml', model: 'tiny8', samples: 1 })).rejects.toMatchObject({
        code: 'E_ARGUMENT',
        message: expect.stringContaining('within one machine'),
      });
    });

    // Our Redis of tests keeps nothing when it ends: only a store that does can come back.
    if (store.restart)
      it('goes on where the store was gone for a while', async () => {
        const server = await startSimulator({ apiKey: key, ttft: 50, tpot: 2 });
        const helper = worker();
        let finished = 0;
        let restarted: Promise<void> | undefined;
        const onEvent: StartRun['onEvent'] = ({ type }) => {
          if (type === 'trial' && ++finished === 5) restarted = store.restart?.();
        };
        const { result, folder, trials } = await play(
          out('gone'),
          { base_url: server.url, concurrency: 4 },
          { onEvent },
        );
        await restarted;
        helper.kill('SIGINT');
        await server.close();
        expect(restarted).toBeDefined();
        expect(result.status).toBe('complete');
        expect(trials.map((trial) => trial.key).sort()).toEqual(planned(folder).sort());
      });

    it('gives a run that goes on what was played while it was away', async () => {
      const server = await startSimulator({ apiKey: key, ttft: 50, tpot: 2 });
      const helper = worker();
      const abort = new AbortController();
      let finished = 0;
      const onEvent: StartRun['onEvent'] = ({ type }) => void (type === 'trial' && ++finished === 10 && abort.abort());
      const first = await play(out('again'), { base_url: server.url }, { signal: abort.signal, onEvent });
      expect(first.result.status).toBe('interrupted');
      await pause(500);
      const { result, folder, trials } = await play(out('again'), { base_url: server.url });
      helper.kill('SIGINT');
      await server.close();
      expect(result.status).toBe('complete');
      expect(trials.map((trial) => trial.key).sort()).toEqual(planned(folder).sort());
      for (const file of readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile()))
        expect(readFileSync(join(file.parentPath, file.name), 'latin1'), file.name).not.toContain(password);
    });
  },
);
