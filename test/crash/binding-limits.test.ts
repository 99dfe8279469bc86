/** Runs that want more than a provider allows: no chat comes above a limit, by the server's own books, which count nothing else. Takes a minute. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import type { Trial } from '../../src/core/index.ts';
import { type SimulateOptions, startSimulator, type Truth } from '../../src/gateway/index.ts';
import { journalLines } from './kill-and-resume.ts';

const bin = fileURLToPath(new URL('../../bin/ttcbench.js', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'ttcbench-limits-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const trials = 136;

/** The server's books after a run of 136 calls that takes as much at once as it can, and how long it saw them come. */
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
  return { code, account, seconds: ((arrivals.at(-1) as number) - (arrivals[0] as number)) / 1000 };
}

/** When the calls of a run were sent, in milliseconds. */
const sentIn = (folder: string) =>
  journalLines(folder)
    .map((line) => JSON.parse(line) as Trial)
    .flatMap(({ turns: [turn], counters }) => counters.calls.map(({ sent }) => Date.parse(turn!.started_at) + sent));

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
    // Two thirds may go at once; the last third takes half a minute to come, on any machine.
    const { code, account, seconds } = await play('tpm', { tpm: Math.round(used / 1.5) });
    expect([code, account.violations]).toEqual([0, none]);
    expect(account.finished).toBeGreaterThanOrEqual(trials);
    expect(seconds).toBeGreaterThan(25);
  }, 240_000);

  it.concurrent('requests a second', async () => {
    const { code } = await play('rps', {}, '--set', 'requests_per_second=20');
    expect(code).toBe(0);
    // When they were sent: a server that was held up meanwhile sees several at once.
    const sent = sentIn(join(scratch, 'rps'));
    expect(sent).toHaveLength(trials);
    const busiest = Math.max(...sent.map((from) => sent.filter((at) => at >= from && at < from + 1000).length));
    expect(busiest).toBeLessThanOrEqual(25);
    expect(busiest).toBeGreaterThan(10);
  }, 240_000);
});
