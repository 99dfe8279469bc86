/** One process at a time may write to a run folder. */
import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { TtcError } from '../core/index.ts';
import { startOf } from './process-identity.ts';
import { cannotWrite } from './system-errors.ts';

interface Holder {
  pid: number;
  start: string;
  host: string;
  since: string;
  token: string;
}

/** Seconds after which a takeover that nobody finished may be swept away: it takes milliseconds. */
const TAKEOVER_LIMIT = 10;

/**
 * Takes `<folder>/lock`; the lock of a dead process is taken over.
 * @throws E_LOCKED while another process, or this one, holds it; E_JOURNAL where the folder cannot be written
 */
export async function lockFolder(folder: string): Promise<AsyncDisposable> {
  const path = join(folder, 'lock');
  const mine: Holder = {
    pid: process.pid,
    start: startOf(process.pid) ?? '',
    host: hostname(),
    since: new Date().toISOString(),
    token: randomUUID(),
  };
  try {
    if (!(await create(path, mine))) await takeOver(path, mine);
  } catch (error) {
    throw cannotWrite(path, error);
  }
  return {
    async [Symbol.asyncDispose]() {
      const holder = await holderOf(path);
      if (holder?.token === mine.token) await rm(path, { force: true });
    },
  };
}

/** Whole or not at all: a hard link to a finished file. False if the lock is there already. */
async function create(path: string, holder: Holder): Promise<boolean> {
  const aside = `${path}.${holder.token}`;
  try {
    await writeFile(aside, JSON.stringify(holder), { flush: true });
    await link(aside, path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    if (code === 'ENOSPC' || code === 'EMFILE' || code === 'EROFS') throw error;
    // Some file systems have no hard links.
    return await writeFile(path, JSON.stringify(holder), { flag: 'wx' }).then(
      () => true,
      async (failure) => {
        if (failure.code === 'EEXIST') return false;
        await rm(path, { force: true }).catch(() => undefined);
        throw failure;
      },
    );
  } finally {
    await unlink(aside).catch(() => undefined);
  }
}

/** Replaces a dead process's lock. Only one process at a time may try, or two would win. */
async function takeOver(path: string, mine: Holder): Promise<void> {
  await refuseIfAlive(path);
  const guard = `${path}.takeover`;
  if (!(await create(guard, mine))) {
    if ((await ageOf(guard)) < TAKEOVER_LIMIT) throw locked(path, 'is being taken over by another process');
    await rm(guard, { force: true });
    if (!(await create(guard, mine))) throw locked(path, 'is being taken over by another process');
  }
  try {
    if (await refuseIfAlive(path)) await replace(path, mine);
    else if (!(await create(path, mine))) throw locked(path, 'was taken by another process just now');
  } finally {
    await rm(guard, { force: true });
  }
}

async function replace(path: string, mine: Holder): Promise<void> {
  const aside = `${path}.${mine.token}`;
  try {
    await writeFile(aside, JSON.stringify(mine), { flush: true });
    await rename(aside, path);
  } catch (error) {
    await rm(aside, { force: true }).catch(() => undefined);
    throw error;
  }
}

/** Seconds since a file was written; 0 if it is gone. */
async function ageOf(path: string): Promise<number> {
  return stat(path).then(
    ({ mtimeMs }) => (Date.now() - mtimeMs) / 1000,
    () => 0,
  );
}

/** What the lock says; nothing in it if it is damaged. */
async function holderOf(path: string): Promise<Partial<Holder> | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Partial<Holder>;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    return {};
  }
}

/** Whether there is a lock, and nobody holds it. */
async function refuseIfAlive(path: string): Promise<boolean> {
  const holder = await holderOf(path);
  if (!holder) return false;
  if (holder.pid === undefined) {
    if ((await ageOf(path)) < TAKEOVER_LIMIT) throw locked(path, 'is being written by another process');
    return true;
  }
  if (holder.host !== hostname()) throw locked(path, `is held by process ${holder.pid} on ${holder.host}`);
  const start = startOf(holder.pid);
  const isAnother = start !== '' && holder.start !== '' && start !== holder.start;
  if (start !== undefined && !isAnother) throw locked(path, `is held by process ${holder.pid} since ${holder.since}`);
  return true;
}

function locked(path: string, why: string): TtcError {
  return new TtcError('E_LOCKED', `${path} ${why}`, {
    help: 'wait for it, or pick another --out; if no such process exists any more, delete the file lock',
  });
}
