/** Kills a command at seeded moments, starts it again, and looks at what it left in its run folder. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { createRandom } from '../../src/core/index.ts';

export interface KillOptions {
  seed: number;
  /** How often the command is killed before it may finish. */
  kills: number;
  /** Most trials that it may add before it is killed; the plan has to hold more than kills × this. */
  stride: number;
  /** Environment and working folder of the command. */
  spawn?: { env?: NodeJS.ProcessEnv; cwd?: string };
}

export interface KillReport {
  /** How many times the command really died by the signal. */
  killed: number;
  /** Exit code of the last start, which nobody killed. */
  code: number | null;
  stderr: string;
  /** Whole lines in the journals at each kill, as text. */
  linesAtKills: string[][];
  /** Lines that the command itself had printed before each kill. */
  printedAtKills: string[][];
  /** When each killed start was gone and what it had sent was read, in milliseconds of `process.hrtime`. */
  goneAt: number[];
}

/** Milliseconds that pass at most between the moment that was picked and the kill. */
const JITTER = 6;

/**
 * The same command again and again: killed with -9 while it starts, then each time some trials later, and in the end
 * left alone. Moments are picked by what is in the journal, so that a slow machine kills at the same places.
 */
export async function killAndResume(
  command: readonly string[],
  folder: string,
  options: KillOptions,
): Promise<KillReport> {
  const random = createRandom(options.seed);
  const report: KillReport = { killed: 0, code: null, stderr: '', linesAtKills: [], printedAtKills: [], goneAt: [] };
  for (let round = 0; round < options.kills; round++) {
    using started = start(command, options);
    const target = journalLines(folder).length + (round === 0 ? 0 : Math.floor(random() * options.stride));
    const isDue = round === 0 ? () => existsSync(join(folder, 'lock')) : () => countLines(folder) > target;
    while (!isDue() && started.child.exitCode === null) await turn();
    spin(random() * JITTER);
    started.child.kill('SIGKILL');
    const { signal } = await started.ended;
    // A server in this process reads first what the dead command had sent.
    for (let turns = 0; turns < 50; turns++) await turn();
    report.goneAt.push(Number(process.hrtime.bigint()) / 1e6);
    if (signal === 'SIGKILL') report.killed++;
    report.linesAtKills.push(journalLines(folder));
    report.printedAtKills.push(started.lines());
  }
  using last = start(command, options);
  const { code } = await last.ended;
  return { ...report, code, stderr: last.stderr() };
}

/** Ends with its scope, also where a test fails. */
export interface Started extends Disposable {
  child: ChildProcess;
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** Whole lines of standard output. */
  lines(): string[];
  stderr(): string;
}

export function start([program = '', ...args]: readonly string[], options: Pick<KillOptions, 'spawn'> = {}): Started {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options.spawn });
  let output = '';
  let errors = '';
  child.stdout.on('data', (data) => (output += data));
  child.stderr.on('data', (data) => (errors += data));
  return {
    child,
    ended: new Promise((resolve) => child.on('close', (code, signal) => resolve({ code, signal }))),
    lines: () => output.split('\n').slice(0, -1),
    stderr: () => errors,
    [Symbol.dispose]: () => void child.kill('SIGKILL'),
  };
}

/** Waits until the journals hold more than that many lines, or the command has ended. */
export async function untilLines(folder: string, count: number, { child }: Started): Promise<void> {
  while (countLines(folder) <= count && child.exitCode === null) await turn();
}

/** Whole lines of all journals of a run folder. */
export function journalLines(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => /^journal-.*\.jsonl$/.test(name));
  return names.flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n').slice(0, -1));
}

const countLines = (folder: string) => journalLines(folder).length;

/** Keys of the trials in the journals, in order, repeated ones as often as they are there. */
export function journalKeys(folder: string): string[] {
  return journalLines(folder).map((line) => JSON.parse(line).key);
}

export function plannedKeys(folder: string): string[] {
  const lines = readFileSync(join(folder, 'jobs.jsonl'), 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line).key);
}

/** Holds the thread: timers are too coarse for a moment inside a write. */
function spin(milliseconds: number): void {
  const until = performance.now() + milliseconds;
  while (performance.now() < until);
}
