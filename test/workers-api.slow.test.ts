/** `--workers` against an API: client processes that share a rate, one of them killed with -9, judged by the server's books. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Trial } from '../src/core/index.ts';
import { type Simulator, startSimulator } from '../src/gateway/index.ts';
import { readManifest } from '../src/store/manifest.ts';
import { linesOf } from '../src/store/read-journals.ts';
import { loadConfig, reportOn, type StartRun, startRun } from '../src/ttcbench/index.ts';

const scratch = mkdtempSync(join(tmpdir(), 'ttcbench-clients-'));
const key = 'gsk_simulated_key_of_nobody_else';
const isLinux = process.platform === 'linux';
let server: Simulator;
beforeAll(async () => {
  process.env.GROQ_API_KEY = key;
  process.env.TTCBENCH_CACHE = join(scratch, 'cache');
  server = await startSimulator({ apiKey: key, ttft: 20, tpot: 1 });
});
afterAll(async () => {
  await server.close();
  rmSync(scratch, { recursive: true, force: true });
});

async function play(out: string, more: object, options: Partial<StartRun> = {}) {
  const folder = join(scratch, out);
  const settings = {
    ...{ policies: ['baseline'], benchmarks: ['extract'], max_tokens: 16, out: folder },
    ...{ backend: 'groq', base_url: server.url, concurrency: 8, workers: 2, offline: true },
    ...more,
  };
  const resolved = await loadConfig({ settings, env: {}, folder: scratch });
  const notes: string[] = [];
  const result = await startRun({ resolved, report: 'folder', onNote: (note) => notes.push(note), ...options });
  const trials = [...linesOf(folder)];
  return { folder, result, notes, trials, manifest: readManifest(join(folder, 'run.json')) };
}

const planned = (folder: string): string[] =>
  readFileSync(join(folder, 'jobs.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).key)
    .sort();
const keysOf = (trials: readonly Trial[]) => trials.map((trial) => trial.key).sort();
const answersOf = (trials: readonly Trial[]) =>
  Object.fromEntries(trials.map(({ key, status, answer, scores }) => [key, { status, answer, scores }]));

/** Client processes of runs in this process. */
const clients = (): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const parent = / (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) \w/, ''))?.[1];
        return (
          Number(parent) === process.pid && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('workers/main.js')
        );
      } catch {
        return false;
      }
    });

describe('client processes', () => {
  it('play a plan once, answer and score as one process does, and the run says who played', async () => {
    const one = await play('one', { workers: 1, samples: 20 });
    const two = await play('two', { samples: 20 });
    for (const { result, trials, folder } of [one, two]) {
      expect(result).toMatchObject({ status: 'complete', exitCode: 0 });
      expect(keysOf(trials)).toEqual(planned(folder));
    }
    expect(answersOf(two.trials)).toEqual(answersOf(one.trials));
    expect(two.manifest?.sessions[0]).toMatchObject({ workers: { clients: 2, died: 0 } });
    expect(two.manifest?.sessions[0]?.connections?.requests).toBeGreaterThanOrEqual(40);
    expect(one.manifest?.sessions[0]).not.toHaveProperty('workers');
    const { run } = await reportOn(two.folder, { write: false });
    expect(run.notes).toContainEqual(expect.stringMatching(/^2 client processes shared the rate/));
  });

  it.skipIf(!isLinux)('that are killed are started again: nothing is lost, nothing is written twice', async () => {
    let finished = 0;
    let killed = 0;
    const { result, trials, folder, manifest, notes } = await play(
      'killed',
      { samples: 24, concurrency: 12 },
      {
        onEvent({ type }) {
          if (type === 'trial' && [10, 30].includes(++finished)) {
            const [pid] = clients();
            if (pid !== undefined && process.kill(pid, 'SIGKILL')) killed++;
          }
        },
      },
    );
    expect(killed).toBe(2);
    expect(result).toMatchObject({ status: 'complete', exitCode: 0 });
    expect(keysOf(trials)).toEqual(planned(folder));
    expect(trials.map(({ status }) => status)).toEqual(trials.map(() => 'ok'));
    // One that is killed while it starts again has not died at its work.
    expect(manifest?.sessions[0]?.workers?.clients).toBe(2);
    expect([1, 2]).toContain(manifest?.sessions[0]?.workers?.died);
    expect(notes).toContainEqual(expect.stringMatching(/ended by SIGKILL; it is started again/));
    // What was in flight was played once more, and says so.
    expect(trials.filter(({ replays = 0 }) => replays > 0).length).toBeGreaterThan(0);
    expect(clients()).toEqual([]);
  });

  it.skipIf(!isLinux)('that die again and again end the run by name, and what is finished is safe', async () => {
    let killing: NodeJS.Timeout | undefined;
    const onEvent: StartRun['onEvent'] = ({ type }) => {
      if (type !== 'trial' || killing) return;
      killing = setInterval(() => {
        for (const pid of clients()) process.kill(pid, 'SIGKILL');
      }, 20);
    };
    const dying = play('dying', { samples: 24, concurrency: 4 }, { onEvent });
    await expect(dying).rejects.toMatchObject({ code: 'E_WORKER_DIED' });
    clearInterval(killing);
    const safe = [...linesOf(join(scratch, 'dying'))].length;
    expect(safe).toBeGreaterThan(0);
    const { result, trials, folder } = await play('dying', { samples: 24, concurrency: 4, workers: 1 });
    expect(result.status).toBe('complete');
    expect(keysOf(trials)).toEqual(planned(folder));
  });

  it('share one rate', async () => {
    const books = await startSimulator({ apiKey: key, rpm: 2400, ttft: 2, tpot: 0.1 });
    try {
      const started = Date.now();
      const { result, trials, folder } = await play('rate', {
        ...{ samples: 24, base_url: books.url, requests_per_second: 40, concurrency: 40 },
      });
      const seconds = (Date.now() - started) / 1000;
      expect(result).toMatchObject({ status: 'complete', exitCode: 0 });
      expect(keysOf(trials)).toEqual(planned(folder));
      expect(books.account().violations).toEqual({ rpm: 0, rpd: 0, tpm: 0, tpd: 0 });
      // 48 trials, evenly spaced: two rates side by side would have taken half of that.
      expect(seconds).toBeGreaterThan(47 / 40);
    } finally {
      await books.close();
    }
  });

  it('end with the run’s abort, and the same call goes on', async () => {
    const abort = new AbortController();
    let finished = 0;
    const onEvent: StartRun['onEvent'] = ({ type }) => void (type === 'trial' && ++finished === 15 && abort.abort());
    const first = await play('aborted', { samples: 24 }, { signal: abort.signal, onEvent });
    expect(first.result).toMatchObject({ status: 'interrupted', exitCode: 130 });
    expect(isLinux ? clients() : []).toEqual([]);
    const { result, trials, folder } = await play('aborted', { samples: 24 });
    expect(result.status).toBe('complete');
    expect(keysOf(trials)).toEqual(planned(folder));
  });

  it('are refused and clamped with a reason', async () => {
    await expect(play('recorded', { samples: 2, record: join(scratch, 'tape.jsonl') })).rejects.toMatchObject({
      code: 'E_ARGUMENT',
      message: expect.stringContaining('several workers cannot write one recording'),
    });
    const { notes, manifest } = await play('few', { samples: 4, workers: 8, concurrency: 2 });
    expect(notes).toContain('workers 8: at most 2 trials run at once (--concurrency), so 2 play');
    expect(manifest?.sessions[0]?.workers?.clients).toBe(2);
  });
});
