/**
 * Python environments for tests that let somebody else read what we wrote. One folder for each list of packages, made once
 * and kept in the temporary folder. Where there is no Python or no registry the tests skip, and say why.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hash } from '../../src/core/index.ts';

/** An interpreter that has the packages, or why there is none. */
export type Python = { path: string; missing?: undefined } | { path?: undefined; missing: string };

const waited = 300_000;

/** @param packages as `pip install` takes them, with versions where those matter */
export function pythonWith(...packages: string[]): Python {
  const found = spawnSync('python3', ['--version'], { encoding: 'utf8' });
  if (found.status !== 0) return { missing: 'there is no python3' };
  const kept = process.env.TTCBENCH_PYTHON_FOLDER ?? join(tmpdir(), 'ttcbench-python');
  const folder = join(kept, hash([found.stdout, packages]).slice(0, 12));
  const python = { path: join(folder, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python') };
  const ready = join(folder, 'ready');
  if (existsSync(ready)) return python;
  mkdirSync(kept, { recursive: true });
  using _ = holdLock(`${folder}.lock`);
  if (existsSync(ready)) return python;
  rmSync(folder, { recursive: true, force: true });
  const problem = install(folder, python.path, packages);
  if (problem !== undefined) return { missing: problem };
  writeFileSync(ready, packages.join('\n'));
  return python;
}

function install(folder: string, python: string, packages: readonly string[]): string | undefined {
  for (const [program, ...words] of [
    ['python3', '-m', 'venv', folder],
    [python, '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...packages],
  ]) {
    const { status, stderr, error } = spawnSync(program as string, words, { encoding: 'utf8', timeout: waited });
    const last = stderr?.trim().split('\n').at(-1);
    if (status !== 0) return `pip cannot install ${packages.join(', ')}: ${error?.message ?? last ?? 'it failed'}`;
  }
  return undefined;
}

/** Test files run side by side: one of them installs, the others wait. A lock older than the wait is nobody's. */
function holdLock(path: string): Disposable {
  for (;;) {
    try {
      mkdirSync(path);
      return { [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const made = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
      if (made !== undefined && Date.now() - made > 2 * waited) rmSync(path, { recursive: true, force: true });
      else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
    }
  }
}

/** Runs a script and gives what it printed as JSON. Its input, where given, is JSON on standard input. */
export function runPython(python: string, script: string, input?: unknown): unknown {
  const { status, stdout, stderr } = spawnSync(python, ['-c', script], {
    ...{ encoding: 'utf8', maxBuffer: 1 << 30 },
    input: input === undefined ? '' : JSON.stringify(input),
  });
  if (status !== 0) throw new Error(`Python failed: ${stderr}`);
  return JSON.parse(stdout);
}
