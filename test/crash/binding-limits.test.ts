/** Runs that want more than a provider allows: no chat comes above a limit, by the server's own books, which count nothing else. Takes a minute. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { type SimulateOptions, startSimulator, type Truth } from '../../src/gateway/index.ts';

const bin = fileURLToPath(new URL('../../bin/ttcbench.js', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'ttcbench-limits-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const trials = 136;

/** The server's books after a run of 136 calls that takes as much at once as it can, and what it saw when. */
async function play(name: string, limits: SimulateOptions, ...words: string[]) {
  const truthFile = join(scratch, `${name}.truth.jsonl`);
  const server = await startSimulator({ ttft: 5, tpot: 0.1, truthFile, ...limits });
  const where = ['--backend', 'groq', '--base-url', server.url, '--policy', 'baseline', '--benchmark', 'extract'];
  const load = ['--samples', '17', '--repeats', '4', '--max-tokens', '48', '--concurrency', '16'];
  const env = {
    ...process.env,
    TTCBENCH_CACHE: join(scratch, 'cache', name),
    GROQ_API_KEY: 'gsk_simulated_key_of_nobody',
  };
  const code = await new Promise<number>((resolve) => {
    const args = [bin, 'run', ...where, ...load, ...words, '--out', name];
    execFile(process.execPath, args, { cwd: scratch, env }, (error) => resolve(error ? Number(error.code) : 0));
  });
  const account = server.account();
  await server.close();
  const lines = readFileSync(truthFile, 'utf8').trim().split('\n');
  const arrivals = lines.map((line) => (JSON.parse(line) as Truth).received).sort((a, b) => a - b);
  return { code, account, seconds: ((arrivals.at(-1) as number) - (arrivals[0] as number)) / 1000, arrivals };
}

const none = { rpm: 0, rpd: 0, tpm: 0, tpd: 0 };

describe('a limit that binds is never broken', () => {
  it.concurrent('requests a minute', async () => {
    const { code, account, seconds } = await play('rpm', { rpm: 120 }, '--set', 'requests_per_minute=120');
    expect([code, account.violations]).toEqual([0, none]);
    expect(account.finished).toBeGreaterThanOrEqual(trials);
    // It was the limit that held the run up, and no more than needed.
    expect(seconds).toBeGreaterThan(55);
    expect(seconds).toBeLessThan(120);
  }, 240_000);

  it.concurrent('tokens a minute, which the client learns from the answers', async () => {
    const free = await play('free', {});
    const used = free.account.promptTokens + free.account.completionTokens;
    const { code, account, seconds } = await play('tpm', { tpm: Math.round(used / 1.1) });
    expect([code, account.violations]).toEqual([0, none]);
    expect(account.finished).toBeGreaterThanOrEqual(trials);
    expect(seconds).toBeGreaterThan(5 * free.seconds);
  }, 240_000);

  it.concurrent('requests a second', async () => {
    const { code, arrivals } = await play('rps', {}, '--set', 'requests_per_second=20');
    expect(code).toBe(0);
    const busiest = Math.max(...arrivals.map((from) => arrivals.filter((at) => at >= from && at < from + 1000).length));
    expect(busiest).toBeLessThanOrEqual(25);
    expect(busiest).toBeGreaterThan(10);
  }, 240_000);
});
