/** A command that did not come to its end must not look as if it had. */
import { fileURLToPath } from 'node:url';

const ours = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Watches for an end of the process that the command did not ask for: a module of the user's own called `process.exit`,
 * or the last thing that the command waited for is gone. The exit code is then 1, and a sentence says what happened.
 * @returns the command came to its end
 */
export function watchForEnd(): () => void {
  let finished = false;
  process.on('exit', (code) => {
    // Codes of our own, and those of a crash, say enough.
    if (finished || (code !== 0 && code !== 13)) return;
    const place = placeOutside(new Error().stack ?? '');
    const why = place ? `${place} ended the process` : 'a module of yours waits for something that never comes';
    console.error(`E_ABORTED: the command did not come to its end: ${why}`);
    console.error('  help: finished trials are safe; the same command goes on once the module is mended');
    process.exitCode = 1;
  });
  return () => {
    finished = true;
  };
}

/** File and line of the first frame of a stack that is neither ours nor Node's. */
function placeOutside(stack: string): string | undefined {
  for (const line of stack.split('\n').slice(1)) {
    const [, file = '', place] =
      /(?:\(|at )(?:async )?(?:file:\/\/)?(\/[^()]*|[A-Za-z]:[^()]*?):(\d+):\d+\)?$/.exec(line) ?? [];
    if (place && !file.startsWith(ours)) return `${file}:${place}`;
  }
  return undefined;
}
