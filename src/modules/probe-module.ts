/**
 * Tries the import of a user's module in a process of its own. A module that ends its process, loops or waits for ever
 * at its top level would take the run with it; there it can be ended, and it is known which one it was.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { plainText, TtcError } from '../core/index.ts';

/** Milliseconds that an import may take: one that loads large packages on a slow disk takes seconds. */
const patience = 30_000;

/** Characters of what a module prints that a message shows. */
const mostShown = 200;

export interface Probed {
  /** What it printed on standard output while it was imported. */
  printed: string;
}

/** Compiled JavaScript: Node 20 runs no TypeScript in a child. From `src/` (tests) the built twin is taken. */
function mainFile(): string {
  const here = import.meta.url;
  return fileURLToPath(new URL(here.endsWith('.ts') ? '../../dist/modules/probe.js' : 'probe.js', here));
}

/**
 * @param file absolute path
 * @param who how errors call it: `--policy ./mine.mjs`
 * @throws E_ARGUMENT where the import ends the process, or does not come to an end in time
 */
export async function probeModule(file: string, who: string, limit = patience): Promise<Probed> {
  const child = fork(mainFile(), [file], { stdio: ['ignore', 'pipe', 'ignore', 'ipc'] });
  let printed = '';
  child.stdout?.on('data', (data: Buffer) => {
    printed = (printed + data.toString()).slice(0, 4 * mostShown);
  });
  const outcome = await outcomeOf(child, limit);
  if (outcome === 'imported') return { printed: plainText(printed.trim(), mostShown) };
  throw new TtcError('E_ARGUMENT', `${who}: ${outcome}`, {
    help: 'what a module does when it is imported has to come to an end: let it only define and export',
  });
}

/** `imported`, or what happened instead. The process is gone then, and what it printed is read. */
async function outcomeOf(child: ChildProcess, limit: number): Promise<string> {
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  let clock: NodeJS.Timeout | undefined;
  const outcome = await new Promise<string>((resolve) => {
    const late = `its import was not over after ${limit / 1000} s: does it loop or wait for something?`;
    clock = setTimeout(() => resolve(late), limit);
    child.once('message', () => resolve('imported'));
    child.once('error', ({ message }) => resolve(`it could not be tried: ${message}`));
    child.once('exit', (code, signal) => resolve(endOf(code, signal)));
  });
  clearTimeout(clock);
  child.kill('SIGKILL');
  // A process that the module started may hold the pipe open for ever.
  const enough = new Promise<void>((resolve) => {
    clock = setTimeout(resolve, 1000);
  });
  await Promise.race([closed, enough]);
  clearTimeout(clock);
  child.stdout?.destroy();
  return outcome;
}

/** Node's own code for a module that waits at its top level while nothing is left that could happen. */
const nothingLeft = 13;

function endOf(code: number | null, signal: NodeJS.Signals | null): string {
  if (code === nothingLeft) return 'its import waits for something that never comes';
  return `its import ended the process ${signal ? `by ${signal}` : `with code ${code}`}`;
}
