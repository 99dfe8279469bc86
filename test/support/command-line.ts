/** The built command line, as a user types it: in a process of its own, or many in one. */
import { type ChildProcess, execFile, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface Ended {
  code: number;
  out: string;
  err: string;
}

export type Environment = Record<string, string>;

const bin = fileURLToPath(new URL('../../bin/ttcbench.js', import.meta.url));

/** @param folder where it is typed; models are kept in its folder `cache`, apart from the user's */
const environmentOf = (folder: string, own: Environment) =>
  ({ ...process.env, TTCBENCH_CACHE: `${folder}/cache`, GROQ_API_KEY: '', NO_COLOR: '1', ...own }) as Environment;

/** One command in a process of its own: for its exit code, its streams, its signals and what ends a process. */
export function startTtcbench(folder: string, words: readonly string[], own: Environment = {}): Promise<Ended> {
  const options = { cwd: folder, env: environmentOf(folder, own), maxBuffer: 2 ** 26 };
  return new Promise((resolve) => {
    execFile(process.execPath, [bin, ...words], options, (error, out, err) =>
      resolve({ code: error ? Number(error.code) : 0, out, err }),
    );
  });
}

export interface CommandLine extends AsyncDisposable {
  /** What a process of its own would say and return, in a fraction of the time: nothing is loaded again. One at a time. */
  (words: readonly string[], own?: Environment): Promise<Ended>;
}

/**
 * One process for many commands that are typed in a folder. It starts with the first.
 * @throws from a command that ends the process: `startTtcbench` is for those
 */
export function openCommandLine(folder: string, ofAll: Environment = {}): CommandLine {
  const file = fileURLToPath(new URL('./command-line-process.mjs', import.meta.url));
  let child: ChildProcess | undefined;
  let last: Promise<unknown> = Promise.resolve();

  function play(words: readonly string[], env: Environment): Promise<Ended> {
    child ??= fork(file, { cwd: folder, env, execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    const process = child;
    return new Promise((resolve, reject) => {
      const ended = (code: number | null, signal: string | null) =>
        reject(new Error(`ttcbench ${words.join(' ')} ended its process (${code ?? signal})`));
      process.once('exit', ended);
      process.once('message', (message) => {
        process.off('exit', ended);
        resolve(message as Ended);
      });
      process.send({ words, env });
    });
  }

  const typed = (words: readonly string[], own: Environment = {}) => {
    const played = last.then(() => play(words, environmentOf(folder, { ...ofAll, ...own })));
    last = played.catch(() => undefined);
    return played;
  };
  return Object.assign(typed, {
    async [Symbol.asyncDispose]() {
      await last;
      if (!child || child.exitCode !== null) return;
      const gone = new Promise((resolve) => child?.once('exit', resolve));
      child.kill('SIGKILL');
      await gone;
    },
  });
}
