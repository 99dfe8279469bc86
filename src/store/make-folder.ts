/** Makes the folder of a run. */
import { access, constants, mkdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { systemWords, TtcError } from '../core/index.ts';

/**
 * The folder and those above it that are missing, one by one. Node's own `recursive` never comes back where a parent is
 * there and takes no folders, as in `/proc`, and calls a folder that is read-only one that does not exist.
 * @throws E_ARGUMENT with the folder that cannot be made, and why
 */
export async function makeFolder(path: string): Promise<void> {
  await refusing(path, async () => {
    for (const folder of await missingFolders(path)) await makeOne(folder);
  });
}

/** The same as far as it can be known without making anything. */
export async function checkFolder(path: string): Promise<void> {
  await refusing(path, async () => {
    const [first] = await missingFolders(path);
    const there = first === undefined ? path : dirname(first);
    await access(there, constants.W_OK).catch((error) => {
      throw Object.assign(error, { syscall: 'mkdir', path: first ?? join(path, 'run.json') });
    });
  });
}

/** From the highest to the folder itself. */
async function missingFolders(path: string): Promise<string[]> {
  const missing: string[] = [];
  for (let at = resolve(path); !(await isFolder(at)); at = dirname(at)) missing.push(at);
  return missing.reverse();
}

async function refusing(path: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw new TtcError('E_ARGUMENT', `${path} cannot be a run folder: ${wordsOn(error)}`, {
      help: 'pick another --out',
      cause: error,
    });
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    if ((await stat(path)).isDirectory()) return true;
  } catch (error) {
    // The root is there; whatever says otherwise ends here.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' && dirname(path) !== path) return false;
    throw error;
  }
  throw Object.assign(new Error(`${path} is a file`), { code: 'EEXIST', path });
}

/** Another process may have made it meanwhile. */
async function makeOne(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !(await isFolder(path))) throw error;
  }
}

function wordsOn(error: unknown): string {
  const { code, path, syscall } = error as NodeJS.ErrnoException;
  if (code === 'EEXIST') return `${path} is a file`;
  // Its parent is there, or nobody would try.
  if (syscall === 'mkdir' && code === 'ENOENT') return `${dirname(path ?? '')} takes no folders`;
  if (syscall === 'mkdir' && (code === 'EACCES' || code === 'EPERM'))
    return `${dirname(path ?? '')} may not be written`;
  return systemWords(error);
}
