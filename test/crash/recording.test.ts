/** What `--record` leaves when runs are killed, interrupted, refused, repeated and swept: always something to replay. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseCassette } from '../../src/client/index.ts';
import type { Trial } from '../../src/core/index.ts';
import { type Simulator, startSimulator } from '../../src/gateway/index.ts';
import { journalLines, killAndResume, start, untilLines } from './kill-and-resume.ts';

const bin = fileURLToPath(new URL('../../bin/ttcbench.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'ttcbench-recording-'));
const place = (name: string) => join(folder, name);
const env = { ...process.env, TTCBENCH_CACHE: place('cache'), GROQ_API_KEY: 'gsk_simulated_key_of_nobody' };
const spawn = { cwd: folder, env };
let server: Simulator;
beforeAll(async () => {
  // Slow enough that calls are in flight whenever a run ends.
  server = await startSimulator({ ttft: 20, tpot: 1 });
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

const plan = ['--policy', 'baseline', '--benchmark', 'extract', '--max-tokens', '24'];
const live = () => ['--backend', 'groq', '--base-url', server.url];
const command = (verb: string, ...words: string[]) => [process.execPath, bin, verb, ...plan, ...words];

async function ttcbench(verb: string, ...words: string[]) {
  using started = start(command(verb, ...words), { spawn });
  const { code } = await started.ended;
  return { code, err: started.stderr() };
}

const bytesOf = (name: string) => readFileSync(place(name), 'utf8');
const trialsOf = (run: string) => journalLines(place(run)).map((line) => JSON.parse(line) as Trial);
const textsOf = (run: string) =>
  trialsOf(run)
    .map(({ cell, sample, repeat, answer }) => [cell.policy_name, sample, repeat, answer?.text].join('\t'))
    .sort();

/** The recording answers all of the run's plan as the run was answered. */
async function expectReplay(cassette: string, run: string, ...words: string[]) {
  const out = `${run}-replayed`;
  const { code, err } = await ttcbench('run', '--backend', 'replay', '--model', cassette, '--out', out, ...words);
  expect(code, err).toBe(0);
  expect(textsOf(out)).toEqual(textsOf(run));
}

describe('run --record', () => {
  it('keeps what it holds when the run is killed and taken up again', async () => {
    const load = ['--samples', '16', '--repeats', '3', '--concurrency', '4'];
    const words = [...load, ...live(), '--out', 'killed', '--record', 'killed.jsonl'];
    const report = await killAndResume(command('run', ...words), place('killed'), {
      seed: 5,
      kills: 3,
      stride: 20,
      spawn,
    });
    expect([report.killed, report.code], report.stderr).toEqual([3, 0]);
    expect(report.linesAtKills.at(-1)?.length).toBeGreaterThan(0);
    const { recordings } = parseCassette(bytesOf('killed.jsonl'));
    expect(recordings.length).toBeGreaterThanOrEqual(96);
    await expectReplay('killed.jsonl', 'killed', ...load);
  });

  it('leaves out what an interruption cut', async () => {
    const load = ['--samples', '16', '--concurrency', '8'];
    const words = [...load, ...live(), '--out', 'stopped', '--record', 'stopped.jsonl'];
    using started = start(command('run', ...words), { spawn });
    await untilLines(place('stopped'), 5, started);
    started.child.kill('SIGINT');
    expect((await started.ended).code).toBe(130);
    const kept = bytesOf('stopped.jsonl');
    expect(parseCassette(kept).recordings.filter(({ ending }) => ending !== 'end')).toEqual([]);
    expect((await ttcbench('run', ...words)).code).toBe(0);
    expect(bytesOf('stopped.jsonl').startsWith(kept)).toBe(true);
    await expectReplay('stopped.jsonl', 'stopped', ...load);
  });

  it('changes no byte where nothing is played: a finished run, another plan, another server', async () => {
    const words = ['--samples', '3', '--out', 'done', '--record', 'done.jsonl'];
    expect((await ttcbench('run', ...words, ...live())).code).toBe(0);
    const bytes = bytesOf('done.jsonl');
    expect((await ttcbench('run', ...words, ...live())).code).toBe(0);
    expect(bytesOf('done.jsonl')).toBe(bytes);
    const refused = await ttcbench('run', ...words, ...live(), '--temperature', '0.5');
    expect([refused.code, refused.err]).toEqual([2, expect.stringMatching(/^E_PLAN: .*temperature/)]);
    const another = ['--model', 'openai/gpt-oss-120b', '--samples', '3', '--out', 'other', '--record', 'done.jsonl'];
    const foreign = await ttcbench('run', ...live(), ...another);
    expect([foreign.code, foreign.err]).toEqual([
      2,
      expect.stringMatching(
        /^E_ARGUMENT: .*done\.jsonl is a recording of .*gpt-oss-20b.*, not of .*120b.*\n {2}help: /,
      ),
    ]);
    expect(bytesOf('done.jsonl')).toBe(bytes);
    expect(readdirSync(folder)).not.toContain('other');
  });
});

describe('sweep --record', () => {
  it('records each level in a file of its own, and each replays', async () => {
    const load = ['--samples', '4'];
    const words = ['--param', 'concurrency=1,3', '--out', 'levels', '--record', 'levels.jsonl'];
    expect((await ttcbench('sweep', ...load, ...live(), ...words)).code).toBe(0);
    expect(readdirSync(folder)).not.toContain('levels.jsonl');
    for (const level of ['concurrency=1', 'concurrency=3']) {
      const cassette = `levels.${level}.jsonl`;
      expect(parseCassette(bytesOf(cassette)).recordings).toHaveLength(8);
      await expectReplay(cassette, `levels/${level}`, ...load, '--concurrency', level.slice(-1));
    }
  });
});
