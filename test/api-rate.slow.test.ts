/** An open loop against our own Groq-faithful server, judged by the server's books: what `perf/client/rate.mjs` times. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import type { Trial } from '../src/core/index.ts';
import { startSimulator } from '../src/gateway/index.ts';

const bin = fileURLToPath(new URL('../bin/ttcbench.js', import.meta.url));
const rows = fileURLToPath(new URL('../src/benchmarks/worfbench/rows.fixture.json', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'ttcbench-rate-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const linesOf = (path: string) =>
  readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

function play(words: string[], out: string): Promise<number> {
  const env = { ...process.env, TTCBENCH_CACHE: join(scratch, 'cache'), GROQ_API_KEY: 'gsk_simulated_key_of_nobody' };
  const where = [
    '--backend',
    'groq',
    '--policy',
    'baseline',
    '--benchmark',
    'worfbench',
    '--data',
    `worfbench=${rows}`,
  ];
  return new Promise((resolve) => {
    execFile(process.execPath, [bin, 'run', ...where, ...words, '--out', out], { cwd: scratch, env }, (error) =>
      resolve(error ? Number(error.code) : 0),
    );
  });
}

describe('run --rps --duration', () => {
  it('sends each trial once, at the schedule’s times, within the limits', async () => {
    const truthFile = join(scratch, 'truth.jsonl');
    const [rps, duration] = [50, 4];
    const server = await startSimulator({ rpm: 2 * 60 * rps, tpm: 20_000_000, ttft: 5, tpot: 0.1, truthFile });
    const out = join(scratch, 'run');
    const flags = ['--base-url', server.url, '--rps', String(rps), '--duration', String(duration)];
    expect(await play(flags, out)).toBe(0);
    const account = server.account();
    await server.close();
    const trials: Trial[] = linesOf(join(out, 'journal-main.jsonl'));
    expect(account.violations).toEqual({ rpm: 0, rpd: 0, tpm: 0, tpd: 0 });

    const planned: string[] = linesOf(join(out, 'jobs.jsonl')).map(({ key }) => key);
    expect(planned).toHaveLength(rps * duration);
    expect(trials.map(({ key }) => key).sort()).toEqual(planned.sort());
    expect(trials.every(({ status }) => status === 'ok')).toBe(true);

    // The server gave every answer whole, and each belongs to one trial.
    const ids = trials.flatMap(({ counters }) => counters.calls.map(({ id }) => id));
    const given = new Map(linesOf(truthFile).map((truth) => [truth.id, truth]));
    expect(new Set(ids).size).toBe(planned.length);
    expect(ids.every((id) => given.get(id)?.ending === 'sent')).toBe(true);

    // The schedule spreads them evenly, and is spread as long for the server; a busy machine may begin and end late.
    const meant = ({ turns }: Trial) => Date.parse(turns[0]!.started_at);
    const seen = (trial: Trial): number => given.get(trial.counters.calls[0]!.id).received;
    const arrivals = trials.map(seen).sort((a, b) => a - b);
    const due = trials.map(meant).sort((a, b) => a - b);
    const middle = due[due.length / 2]! - due[0]!;
    expect(middle).toBeGreaterThan(0.4 * duration * 1000);
    expect(middle).toBeLessThan(0.6 * duration * 1000);
    expect(arrivals.at(-1)! - arrivals[0]!).toBeGreaterThan(0.5 * duration * 1000);

    // What came late counts as late: nothing is sent before it was meant, and every time starts there.
    for (const { turns, counters } of trials) {
      expect(counters.calls[0]!.sent).toBeGreaterThanOrEqual(0);
      expect(turns[0]!.end).toBeGreaterThan(counters.calls[0]!.sent);
    }
  });
});
