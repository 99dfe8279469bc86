/** Where downloaded models live, and who owns which unfinished file there. */
import { randomBytes } from 'node:crypto';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import envPaths from 'env-paths';

/** The user's cache folder, or the one `TTCBENCH_CACHE` names. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  return env.TTCBENCH_CACHE || envPaths('ttcbench', { suffix: '' }).cache;
}

/** Where models of the hub lie, a folder for each repository. */
export const hubFolder = (env?: NodeJS.ProcessEnv): string => join(modelFolder(env), 'hub');

export const modelFolder = (env?: NodeJS.ProcessEnv): string => join(cacheFolder(env), 'models');

const host = hostname().replace(/[^\w-]/g, '-');

/**
 * A name that no other process uses: unfinished work of several processes never meets.
 * It says whose it is, so that work of a process that was killed can be taken over.
 */
export function ownName(file: string, ending: 'part' | 'wheel'): string {
  return `${file}.${host}.${process.pid}.${randomBytes(4).toString('hex')}.${ending}`;
}

/** Unfinished files and folders of a model whose process is gone, or that were given up. */
async function abandoned(folder: string, file: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => {
    if (name === `${file}.part`) return true;
    const owner = name.startsWith(`${file}.`) && /\.([\w-]+)\.(\d+)\.[0-9a-f]{8}\.(part|wheel)$/.exec(name);
    return owner !== false && owner?.[1] === host && !isAlive(Number(owner[2]));
  });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Bytes of a file; 0 where there is none. */
export const sizeOf = (path: string): Promise<number> =>
  stat(path).then(
    (entry) => entry.size,
    () => 0,
  );

/** Bytes that an interrupted download left for the next one. */
export async function partialBytes(folder: string, file: string): Promise<number> {
  const parts = (await abandoned(folder, file)).filter((name) => name.endsWith('.part'));
  return Math.max(0, ...(await Promise.all(parts.map((name) => sizeOf(join(folder, name))))));
}

/**
 * A part file that belongs to this process, with what an interrupted download left in it.
 * Taking over is a rename, so of several processes exactly one gets the bytes.
 */
export async function claimPart(folder: string, file: string): Promise<string> {
  const own = join(folder, ownName(file, 'part'));
  const parts = (await abandoned(folder, file)).filter((name) => name.endsWith('.part'));
  const sized = await Promise.all(parts.map(async (name) => ({ name, bytes: await sizeOf(join(folder, name)) })));
  for (const { name } of sized.sort((a, b) => b.bytes - a.bytes)) {
    const taken = await rename(join(folder, name), own).then(
      () => true,
      () => false,
    );
    if (taken) return own;
  }
  return own;
}

/** Gives an unfinished part up for the next download, by this process or another. */
export async function releasePart(own: string, folder: string, file: string): Promise<void> {
  await rename(own, join(folder, `${file}.part`)).catch(() => {});
}

/** Removes what interrupted downloads of a model left behind. */
export async function removeAbandoned(folder: string, file: string): Promise<void> {
  for (const name of await abandoned(folder, file)) await rm(join(folder, name), { recursive: true, force: true });
}
