import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { scratchFolder } from '../../test/crash/folder.ts';
import { lockFolder } from './lock.ts';
import { startOf } from './process-identity.ts';

const holder = (changes: object) =>
  JSON.stringify({ pid: 1, start: '', host: hostname(), since: 'then', token: 't', ...changes });

/** The number of a process that is gone. */
async function deadProcess(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '']);
  await new Promise((resolve) => child.on('close', resolve));
  return child.pid ?? 0;
}

describe('the lock of a folder', () => {
  it('is given to one at a time, and given back', async () => {
    using folder = scratchFolder();
    const lock = await lockFolder(folder.path);
    await expect(lockFolder(folder.path)).rejects.toMatchObject({
      code: 'E_LOCKED',
      message: expect.stringContaining(`process ${process.pid}`),
    });
    await lock[Symbol.asyncDispose]();
    expect(readdirSync(folder.path)).toEqual([]);
    await (await lockFolder(folder.path))[Symbol.asyncDispose]();
  });

  it('is given to one of many that ask at the same time', async () => {
    using folder = scratchFolder();
    const asked = await Promise.allSettled(Array.from({ length: 20 }, () => lockFolder(folder.path)));
    expect(asked.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('is taken over from a dead process, by one of many', async () => {
    using folder = scratchFolder();
    const path = join(folder.path, 'lock');
    writeFileSync(path, holder({ pid: await deadProcess() }));
    const asked = await Promise.allSettled(Array.from({ length: 20 }, () => lockFolder(folder.path)));
    expect(asked.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(JSON.parse(readFileSync(path, 'utf8')).pid).toBe(process.pid);
    expect(readdirSync(folder.path)).toEqual(['lock']);
  });

  it.skipIf(process.platform === 'win32')('is taken over where another process now has the number', async () => {
    using folder = scratchFolder();
    writeFileSync(join(folder.path, 'lock'), holder({ pid: process.pid, start: 'long ago' }));
    await (await lockFolder(folder.path))[Symbol.asyncDispose]();
  });

  it('is refused while a process of another machine holds it', async () => {
    using folder = scratchFolder();
    writeFileSync(join(folder.path, 'lock'), holder({ host: 'elsewhere' }));
    await expect(lockFolder(folder.path)).rejects.toThrow(/on elsewhere/);
  });

  it('is refused while it is half written, and taken over when it stayed so', async () => {
    using folder = scratchFolder();
    const path = join(folder.path, 'lock');
    writeFileSync(path, '{"pid": 12');
    await expect(lockFolder(folder.path)).rejects.toThrow(/being written/);
    const old = Date.now() / 1000 - 60;
    utimesSync(path, old, old);
    await (await lockFolder(folder.path))[Symbol.asyncDispose]();
  });

  it('survives a takeover that was itself killed', async () => {
    using folder = scratchFolder();
    const guard = join(folder.path, 'lock.takeover');
    writeFileSync(join(folder.path, 'lock'), holder({ pid: await deadProcess() }));
    writeFileSync(guard, '{}');
    await expect(lockFolder(folder.path)).rejects.toThrow(/being taken over/);
    const old = Date.now() / 1000 - 60;
    utimesSync(guard, old, old);
    await using _lock = await lockFolder(folder.path);
    expect(existsSync(guard)).toBe(false);
  });

  it('that somebody else holds by now is not taken away at the end', async () => {
    using folder = scratchFolder();
    const path = join(folder.path, 'lock');
    const lock = await lockFolder(folder.path);
    writeFileSync(path, holder({ token: 'theirs' }));
    await lock[Symbol.asyncDispose]();
    expect(existsSync(path)).toBe(true);
  });
});

describe('the start of a process', () => {
  it('is the same at every look, and there is none for a dead one', async () => {
    expect(startOf(process.pid)).toBe(startOf(process.pid));
    expect(startOf(await deadProcess())).toBeUndefined();
  });

  it.skipIf(process.platform !== 'linux')('differs between processes, and a zombie has none', async () => {
    // The parent never waits for its child, which thus stays a zombie until the parent ends.
    const parent = spawn('sh', ['-c', 'sleep 0 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] });
    try {
      const line = await new Promise<string>((resolve) => parent.stdout.once('data', (data) => resolve(String(data))));
      const zombie = Number(line);
      const state = () => readFileSync(`/proc/${zombie}/stat`, 'utf8').split(') ')[1]?.[0];
      while (state() !== 'Z') await new Promise((resolve) => setImmediate(resolve));
      expect(startOf(zombie)).toBeUndefined();
      expect(startOf(parent.pid ?? 0)).not.toBe(startOf(process.pid));
    } finally {
      parent.kill('SIGKILL');
    }
  });
});
