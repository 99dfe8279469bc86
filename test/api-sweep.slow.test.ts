/** Load curves, as a user types them: the built program against our own Groq-faithful server, judged by its truth file. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Simulator, startSimulator, type Truth } from '../src/gateway/index.ts';
import type { LoadCurve } from '../src/report/index.ts';
import { type Ended, openCommandLine } from './support/command-line.ts';

const folder = mkdtempSync(join(tmpdir(), 'ttcbench-sweep-'));
const truthFile = join(folder, 'truth.jsonl');
let server: Simulator;
beforeAll(async () => {
  server = await startSimulator({ ttft: 20, tpot: 1, truthFile });
});
afterAll(async () => {
  await typed[Symbol.asyncDispose]();
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

const typed = openCommandLine(folder, { GROQ_API_KEY: 'gsk_simulated_key_of_nobody' });

function lineOf(...words: string[]): string[] {
  const where = ['--backend', 'groq', '--base-url', server.url, '--policy', 'baseline', '--benchmark', 'extract'];
  return ['sweep', ...where, '--max-tokens', '16', ...words];
}

const sweep = (...words: string[]) => typed(lineOf(...words));

const linesOf = (path: string) =>
  readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

/** What the server knows of the answers that the trials of a folder got. */
function answersOf(place: string): Truth[] {
  const trials = linesOf(join(folder, place, 'journal-main.jsonl'));
  const ids = new Set(trials.flatMap(({ counters }) => counters.calls.map(({ id }: { id: string }) => id)));
  return linesOf(truthFile).filter(({ id }) => ids.has(id));
}

/** Most answers that were in the making at one time. */
function peakOf(answers: readonly Truth[]): number {
  const steps = answers.flatMap(({ received, done }) => [[received, 1] as const, [done as number, -1] as const]);
  let now = 0;
  return Math.max(...steps.sort((a, b) => a[0] - b[0]).map(([, step]) => (now += step)));
}

describe('sweep over a load', () => {
  it('plays the same plan at each concurrency and gives the curve of rates and latencies', async () => {
    const slo = ['--slo', 'first_token_latency=60000'];
    const words = ['--samples', '12', ...slo, '--param', 'concurrency=1,3,6', '--out', 'closed', '--json'];
    const { code, out } = await sweep(...words);
    expect(code).toBe(0);
    const { param, points } = JSON.parse(out) as LoadCurve;
    expect([param, ...points.map(({ value }) => value)]).toEqual(['concurrency', 1, 3, 6]);
    for (const { value, policy_name, trials, failed, slo_attainment, ...point } of points) {
      expect([policy_name, trials, failed, slo_attainment]).toEqual(['baseline', 24, 0, 1]);
      expect(point.trials_per_second * point.seconds).toBeCloseTo(24, 9);
      expect(point.goodput).toBe(point.trials_per_second);
      const answers = answersOf(`closed/concurrency=${value}`);
      expect(answers).toHaveLength(24);
      expect(peakOf(answers)).toBe(value);
      // Never faster than the server was.
      const fastest = Math.min(...answers.map(({ received, first }) => (first as number) - received));
      expect(point.first_token_latency?.n).toBe(24);
      expect(point.first_token_latency?.p50).toBeGreaterThan(fastest);
      expect(point.generation_time?.n).toBe(24);
      expect(point.tokens_per_second).toBeGreaterThan(point.trials_per_second);
    }
    expect(readFileSync(join(folder, 'closed', 'load_curve.md'), 'utf8')).toMatch(/concurrency .*TTFT.*goodput/);

    // The same command again reads what is there and calls nobody.
    const before = server.account().admitted;
    const again = await sweep(...words);
    expect(JSON.parse(again.out).points).toEqual(points);
    expect(server.account().admitted).toBe(before);
  });

  it('plays a rate for its duration at each level', async () => {
    const { code, out } = await sweep('--samples', '4', '--duration', '1', '--param', 'rps=10,30', '--out', 'open');
    expect(code).toBe(0);
    expect(out).toMatch(/^\| +rps \|/);
    const { points }: LoadCurve = JSON.parse(readFileSync(join(folder, 'open', 'load_curve.json'), 'utf8'));
    const before = server.account().admitted;
    expect(points.map(({ value, trials }) => [value, trials])).toEqual([
      [10, 10],
      [30, 30],
    ]);
    for (const { value, trials_per_second } of points) expect(trials_per_second).toBeLessThanOrEqual(value);
    // By the same command nothing is played, and paid, again.
    await sweep('--samples', '4', '--duration', '1', '--param', 'rps=10,30', '--out', 'open');
    expect(JSON.parse(readFileSync(join(folder, 'open', 'load_curve.json'), 'utf8')).points).toEqual(points);
    expect(server.account().admitted).toBe(before);
  });

  it('a dry run says what each level takes', async () => {
    const { out } = await sweep('--samples', '4', '--dry-run', '--param', 'concurrency=2,4', '--out', 'dry');
    expect(out).toMatch(/^before the trials: GET \/models and up to four small calls/m);
    expect(out).toMatch(/concurrency 2:\n8 trials[\s\S]*concurrency 4:\n8 trials/);
  });

  describe('refuses', () => {
    const wrong: [words: string[], message: RegExp][] = [
      [['--param', 'concurrency=0,2'], /0 is not a level/],
      [['--param', 'concurrency=2,2'], /listed twice/],
      [['--param', 'rps=fast'], /not a level/],
      [['--param', 'concurrency=1', '--param', 'rps=5'], /swept alone/],
      [['--param', 'concurrency=1,2', '--rps', '5'], /leave out --rps/],
      [['--param', 'concurrency=1,2', '--backend', 'ggml', '--model', 'tiny8'], /E_ARGUMENT.*\n.*--backend groq/],
    ];
    let ended: Ended[];
    beforeAll(async () => {
      const lines = wrong.map(([words]) => lineOf('--samples', '2', ...words));
      ended = await Promise.all(lines.map((line) => typed(line)));
    });

    it.each(wrong.map((one, at) => [...one, at] as const))('%j', (_words, message, at) => {
      expect(ended[at]).toMatchObject({ code: 2, err: expect.stringMatching(message) });
    });
  });
});
