/** The real command line and the real engine, killed: every trial of the plan exactly once in the end. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { journalKeys, killAndResume, plannedKeys, start, untilLines } from './kill-and-resume.ts';

const bin = fileURLToPath(new URL('../../bin/ttcbench.js', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'ttcbench-crash-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const command = (folder: string, samples: number) => [
  ...[process.execPath, bin, 'run', '--policy', 'speculative_decoding', '--benchmark', 'tiny-crm', '--model', 'tiny8'],
  ...['--samples', String(samples), '--out', folder],
];

const trialsOf = (folder: string) =>
  readFileSync(join(folder, 'journal-main.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

/** Processes whose parent is this one. */
function childrenOf(pid: number): number[] {
  const lines = execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(pid)], { encoding: 'utf8' })
    .trim()
    .split('\n');
  return lines.filter((line) => line.includes('host/main')).map((line) => Number.parseInt(line, 10));
}

describe('ttcbench run', () => {
  it('killed with -9 six times ends with every trial exactly once', async () => {
    const folder = join(scratch, 'killed');
    const report = await killAndResume(command(folder, 60), folder, {
      seed: 7,
      kills: 6,
      stride: 25,
      spawn: { cwd: scratch },
    });
    expect(report).toMatchObject({ killed: 6, code: 0 });
    expect(journalKeys(folder).sort()).toEqual(plannedKeys(folder).sort());
    expect(trialsOf(folder).every(({ status }) => status === 'ok')).toBe(true);
  }, 240_000);

  it('goes on when its engine is killed, with one failed trial at most', async () => {
    const folder = join(scratch, 'engine');
    using run = start(command(folder, 60), { spawn: { cwd: scratch } });
    let killed = 0;
    for (const after of [5, 40, 90]) {
      await untilLines(folder, after, run);
      for (const pid of childrenOf(run.child.pid as number)) {
        process.kill(pid, 'SIGKILL');
        killed++;
      }
    }
    await run.ended;
    expect(killed).toBe(3);
    expect(journalKeys(folder).sort()).toEqual(plannedKeys(folder).sort());
    const trials = trialsOf(folder);
    expect(trials.filter(({ status }) => status !== 'ok').length).toBeLessThanOrEqual(1);
    expect(trials.filter(({ replays }) => replays === 1).length).toBeLessThanOrEqual(3);
  }, 240_000);

  it('stops at Ctrl-C and goes on by the same command', async () => {
    const folder = join(scratch, 'interrupted');
    using run = start(command(folder, 60), { spawn: { cwd: scratch } });
    await untilLines(folder, 10, run);
    run.child.kill('SIGINT');
    expect((await run.ended).code).toBe(130);
    expect(existsSync(join(folder, 'lock'))).toBe(false);
    using again = start(command(folder, 60), { spawn: { cwd: scratch } });
    expect((await again.ended).code).toBe(0);
    expect(journalKeys(folder).sort()).toEqual(plannedKeys(folder).sort());
  }, 240_000);
});
