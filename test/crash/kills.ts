/**
 * A run of the engine whose main process or engine process is killed with -9 at seeded moments, then goes on by the same
 * command until it is complete.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createRandom } from '../../src/core/index.ts';
import { journalKeys, plannedKeys } from './kill-and-resume.ts';

const bin = fileURLToPath(new URL('../../bin/ttcbench.js', import.meta.url));
const endless = fileURLToPath(new URL('../support/endless-policy.mjs', import.meta.url));

export interface KillsOptions {
  seed: number;
  kills: number;
  /** With a policy of the user's own that computes for ever: its trials fail at their time limit. */
  loops: boolean;
}

export interface KillsReport {
  planned: number;
  /** Trials of the plan without a line in the journal, and lines beyond one a trial. */
  lost: number;
  twice: number;
  /** How many times which process died by the signal. */
  parents: number;
  children: number;
  /** Rounds in which a kill fell while the engine's process was alive. */
  engines: number;
  /** Processes of the run that were alive 5 s after its main process had gone. */
  orphans: number;
  code: number | null;
  stderr: string;
}

/** Milliseconds within which the kill falls, from the start of the command or, three times of four, of its engine. */
const latest = 2500;
const orphanLimit = 5000;

export async function killsOf({ seed, kills, loops }: KillsOptions): Promise<KillsReport> {
  const random = createRandom(seed);
  const place = mkdtempSync(join(tmpdir(), 'ttcbench-kills-'));
  const folder = join(place, 'run');
  const policies = ['--policy', loops ? endless : 'early_exit_28'];
  const plan = loops ? ['--samples', '4', '--set', 'timeout=1'] : ['--samples', '20', '--repeats', '20'];
  const words = [...policies, ...plan, '--benchmark', 'tiny-crm', '--model', 'tiny8', '--max-tokens', '24'];
  const report: KillsReport = {
    ...{ planned: 0, lost: 0, twice: 0, parents: 0, children: 0, engines: 0, orphans: 0 },
    ...{ code: null, stderr: '' },
  };

  async function session(kill: boolean, isFirst = false): Promise<{ code: number | null; stderr: string }> {
    const child = spawn(process.execPath, [bin, 'run', ...words, '--out', folder, '--offline'], {
      ...{ cwd: place, env: { ...process.env, NO_COLOR: '1' }, stdio: ['ignore', 'ignore', 'pipe'] },
    });
    let stderr = '';
    child.stderr?.on('data', (data) => (stderr += data));
    const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) =>
      child.on('exit', (code, signal) => resolve({ code, signal })),
    );
    if (!kill) return { code: (await ended).code, stderr };
    const aim = random() < 0.5 ? 'parent' : 'child';
    // The first kill meets an engine whatever the speed of the machine.
    const waits = random() < 0.75;
    if (waits || isFirst) await untilEngine(child);
    await Promise.race([pause(random() * (isFirst ? latest / 10 : latest)), ended]);
    const engines = childrenOf(child.pid as number);
    if (aim === 'child' && engines[0] !== undefined) {
      process.kill(engines[0], 'SIGKILL');
      report.children++;
      // It goes on; then its main process is killed too, so that every round ends.
      await untilEngine(child);
      await Promise.race([pause(random() * latest), ended]);
    }
    const family = childrenOf(child.pid as number);
    if (family.length > 0 || engines.length > 0) report.engines++;
    child.kill('SIGKILL');
    if ((await ended).signal === 'SIGKILL') report.parents++;
    report.orphans += await aliveAfter(family, orphanLimit);
    return { code: null, stderr };
  }

  for (let round = 0; round < kills; round++) await session(true, round === 0);
  const last = await session(false);
  const [keys, planned] = [journalKeys(folder), plannedKeys(folder)];
  const known = new Set(keys);
  rmSync(place, { recursive: true, force: true });
  return {
    ...report,
    ...last,
    planned: planned.length,
    lost: planned.filter((key) => !known.has(key)).length,
    twice: keys.length - known.size,
  };
}

async function untilEngine(child: ChildProcess): Promise<void> {
  while (childrenOf(child.pid as number).length === 0 && child.exitCode === null) await pause(100);
}

function childrenOf(pid: number): number[] {
  try {
    const text = execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(pid)], { encoding: 'utf8' });
    return text.split('\n').flatMap((line) => {
      const found = /^\s*(\d+) .*host\/main\.js/.exec(line);
      return found ? [Number(found[1])] : [];
    });
  } catch {
    return [];
  }
}

/** How many are alive after that many milliseconds at the latest; they are ended then. */
async function aliveAfter(pids: readonly number[], limit: number): Promise<number> {
  const until = performance.now() + limit;
  while (performance.now() < until && pids.some(isAlive)) await pause(50);
  const left = pids.filter(isAlive);
  for (const pid of left) process.kill(pid, 'SIGKILL');
  return left.length;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
