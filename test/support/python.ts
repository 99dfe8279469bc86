/**
 * Python environments for tests that let somebody else read what we wrote. One folder for each list of packages, made once
 * and kept in the temporary folder. `npm test` needs no network, so only CI and TESTS_MAY_PIP=1 install what is not there.
 * Where there is no Python or no registry the tests skip, and say why.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { hash } from '../../src/core/index.ts';

/** An interpreter that has the packages, or why there is none. */
export type Python = { path: string; missing?: undefined } | { path?: undefined; missing: string };

export interface Wanted {
  /** As `pip install` takes them, with versions where those matter. */
  packages: readonly string[];
  /** Installed without what they ask for: of some, a test needs a small part. */
  alone?: readonly string[];
  /** Oldest version of Python that will do. */
  atLeast?: readonly [major: number, minor: number];
}

const waited = 300_000;

export function pythonWith({ packages, alone = [], atLeast = [3, 9] }: Wanted): Python {
  const base = findPython(atLeast);
  if (!base) return { missing: `there is no Python ${atLeast.join('.')} or later (TTCBENCH_PYTHON may name one)` };
  const kept = process.env.TTCBENCH_PYTHON_FOLDER ?? join(tmpdir(), 'ttcbench-python');
  const folder = join(kept, hash([base, packages, alone]).slice(0, 12));
  const python = { path: join(folder, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python') };
  const ready = join(folder, 'ready');
  if (existsSync(ready)) return python;
  if (!process.env.CI && !process.env.TESTS_MAY_PIP)
    return {
      missing: `${[...alone, ...packages].join(', ')} are not installed (TESTS_MAY_PIP=1 lets tests install them)`,
    };
  mkdirSync(kept, { recursive: true });
  using _ = holdLock(`${folder}.lock`);
  if (existsSync(ready)) return python;
  rmSync(folder, { recursive: true, force: true });
  const pip = [python.path, '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];
  const problem =
    run([base, '-m', 'venv', folder]) ??
    (alone.length > 0 ? run([...pip, '--no-deps', ...alone]) : undefined) ??
    (packages.length > 0 ? run([...pip, ...packages]) : undefined);
  if (problem !== undefined) return { missing: `pip cannot install ${[...alone, ...packages].join(', ')}: ${problem}` };
  writeFileSync(ready, packages.join('\n'));
  return python;
}

/** The first interpreter that is new enough: `TTCBENCH_PYTHON`, `python3`, and those of pyenv. */
function findPython([major, minor]: readonly [number, number]): string | undefined {
  const pyenv = join(process.env.PYENV_ROOT ?? join(homedir(), '.pyenv'), 'versions');
  const others = existsSync(pyenv) ? readdirSync(pyenv).map((name) => join(pyenv, name, 'bin', 'python')) : [];
  return [process.env.TTCBENCH_PYTHON, 'python3', ...others].find((path) => {
    if (path === undefined) return false;
    const { stdout } = spawnSync(path, ['-c', 'import sys; print(*sys.version_info[:2])'], { encoding: 'utf8' });
    const [foundMajor = 0, foundMinor = 0] = (stdout ?? '').trim().split(' ').map(Number);
    return foundMajor === major && foundMinor >= minor;
  });
}

/** Why it failed. */
function run([program = '', ...words]: readonly string[]): string | undefined {
  const { status, stderr, error } = spawnSync(program, words, { encoding: 'utf8', timeout: waited });
  return status === 0 ? undefined : (error?.message ?? stderr.trim().split('\n').at(-1) ?? 'it failed');
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
