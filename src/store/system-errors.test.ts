/** What the operating system refuses ends in one line with a code, and leaves nothing behind. */
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { scratchFolder, trialOf } from '../../test/crash/folder.ts';
import { writeAtomically } from './atomic-file.ts';
import { readJobs } from './jobs-file.ts';
import { openJournal } from './journal.ts';
import { lockFolder } from './lock.ts';
import { makeFolder } from './make-folder.ts';
import { readManifest } from './manifest.ts';
import { longestLine } from './read-lines.ts';
import { readRun } from './read-run.ts';
import { sealed } from './seal.ts';

const hasFull = existsSync('/dev/full');

describe('a folder that cannot be made', () => {
  it.skipIf(!existsSync('/proc/self'))('under a folder of the system says so at once (needs /proc)', async () => {
    const error = { code: 'E_ARGUMENT', message: expect.stringMatching(/\/proc takes no folders/) };
    await expect(makeFolder('/proc/x')).rejects.toMatchObject(error);
    await expect(makeFolder('/proc/x/y/z')).rejects.toMatchObject(error);
  });

  it('below a file, or where a file is, names the file', async () => {
    using folder = scratchFolder();
    const file = join(folder.path, 'file');
    writeFileSync(file, '');
    await expect(makeFolder(file)).rejects.toMatchObject({ code: 'E_ARGUMENT', message: /file is a file/ });
    await expect(makeFolder(join(file, 'run'))).rejects.toMatchObject({
      code: 'E_ARGUMENT',
      message: /a part of its path is not a folder/,
    });
    expect(readdirSync(folder.path)).toEqual(['file']);
  });

  it('is made with those above it otherwise, also where another process makes them meanwhile', async () => {
    using folder = scratchFolder();
    const path = join(folder.path, 'a', 'b', 'c');
    await Promise.all([makeFolder(path), makeFolder(path), makeFolder(join(path, 'd'))]);
    expect(existsSync(join(path, 'd'))).toBe(true);
  });
});

describe('a full disk', () => {
  it.skipIf(!hasFull)(
    'costs a file that is written as a whole neither its content nor a file beside it (needs /dev/full)',
    async () => {
      using folder = scratchFolder();
      const path = join(folder.path, 'run.json');
      writeFileSync(path, 'before');
      symlinkSync('/dev/full', `${path}.tmp-${process.pid}`);
      await expect(writeAtomically(path, 'after')).rejects.toMatchObject({
        code: 'E_JOURNAL',
        message: expect.stringMatching(/run\.json cannot be written: the disk is full/),
      });
      expect(readdirSync(folder.path)).toEqual(['run.json']);
      expect(readFileSync(path, 'utf8')).toBe('before');
    },
  );

  it('that takes no lock is said as such', async () => {
    using folder = scratchFolder();
    const gone = join(folder.path, 'gone');
    await expect(lockFolder(gone)).rejects.toMatchObject({ code: 'E_JOURNAL', message: /lock cannot be written/ });
    expect(existsSync(gone)).toBe(false);
  });
});

describe('what is no file', () => {
  it('a journal that is a folder is said by name', async () => {
    using folder = scratchFolder();
    mkdirSync(join(folder.path, 'journal-main.jsonl'));
    const error = {
      code: 'E_JOURNAL',
      message: expect.stringMatching(/journal-main\.jsonl cannot be .*: it is a folder/),
    };
    await expect(openJournal(folder.path)).rejects.toMatchObject(error);
    expect(() => readRun(folder.path)).toThrow(expect.objectContaining(error));
    expect(readdirSync(folder.path)).toEqual(['journal-main.jsonl']);
  });

  it.each(['jobs.jsonl', 'samples.jsonl', 'blocks.jsonl', 'run.json'])('so is a %s that is one', (name) => {
    using folder = scratchFolder();
    mkdirSync(join(folder.path, name));
    writeFileSync(join(folder.path, 'journal-main.jsonl'), `${sealed(JSON.stringify(trialOf('a')))}\n`);
    const said = () => readRun(folder.path).damage().join();
    if (name === 'run.json') expect(said()).toMatch(/run\.json cannot be read: it is a folder/);
    else expect(said).toThrow(expect.objectContaining({ code: 'E_JOURNAL' }));
  });

  it('checks that are null leave a manifest that can be read', () => {
    using folder = scratchFolder();
    const path = join(folder.path, 'run.json');
    writeFileSync(path, JSON.stringify({ schema: 1, id: 'a', config: {}, sessions: [], checks: null }));
    expect(readManifest(path)).toMatchObject({ checks: {} });
  });

  it.each([
    ['policies that are none', { config: { policies: {} } }],
    ['a policy without a name', { config: { policies: [{}] } }],
    ['benchmarks that are null', { config: { benchmarks: null } }],
    ['doubts that are null', { sessions: [{ doubts: null }] }],
    ['a session that is null', { sessions: [null] }],
  ])('a manifest with %s is damaged, with a code', (_, changes) => {
    using folder = scratchFolder();
    const path = join(folder.path, 'run.json');
    writeFileSync(path, JSON.stringify({ schema: 1, id: 'a', config: {}, sessions: [], ...changes }));
    expect(() => readManifest(path)).toThrow(expect.objectContaining({ code: 'E_JOURNAL' }));
  });
});

describe('a line beyond all lengths', () => {
  const line = (text: string) => `${text}${' '.repeat(longestLine)}\n`;

  it('of a journal is counted, set aside in short, and those around it are read', async () => {
    using folder = scratchFolder();
    const path = join(folder.path, 'journal-main.jsonl');
    const whole = (key: string) => `${sealed(JSON.stringify(trialOf(key)))}\n`;
    writeFileSync(path, whole('a'));
    appendFileSync(path, line(JSON.stringify(trialOf('long'))));
    appendFileSync(path, whole('b'));
    const run = readRun(folder.path);
    expect([...run.trials()].map(({ key }) => key)).toEqual(['a', 'b']);
    expect(run.damage().join()).toMatch(/1 line of a journal cannot be read/);
    await using journal = await openJournal(folder.path);
    expect([journal.size, journal.bad, journal.get('b')?.key]).toEqual([2, 1, 'b']);
    const aside = readFileSync(`${path}.bad`, 'utf8');
    expect(aside).toMatch(/longer than 64 MiB/);
    expect(aside.length).toBeLessThan(3000);
  });

  it('of a plan is refused by name', () => {
    using folder = scratchFolder();
    const path = join(folder.path, 'jobs.jsonl');
    writeFileSync(path, line('{}'));
    expect(() => readJobs(path)).toThrow(/jobs\.jsonl:1: the line is longer than 64 MiB/);
  });
});

describe('a process without file handles left', () => {
  it.skipIf(process.platform === 'win32')('says so when it reads and when it writes', () => {
    using folder = scratchFolder();
    const built = new URL('../../dist/store/', import.meta.url);
    const script = `
      const { openSync } = await import('node:fs');
      const load = (file) => { const { href } = new URL(file, '${built}'); return import(href); };
      const { readRun } = await load('read-run.js');
      const { lockFolder } = await load('lock.js');
      const { openAppendLog } = await load('append-log.js');
      const { writeAtomically } = await load('atomic-file.js');
      const say = (error) => console.log(error.code, error.message);
      try { for (;;) openSync('/dev/null'); } catch {}
      try { readRun(${JSON.stringify(folder.path)}); } catch (error) { say(error); }
      for (const write of [lockFolder, openAppendLog, (path) => writeAtomically(path, 'x')])
        await write(${JSON.stringify(folder.path)} + '/x').catch(say);
    `;
    writeFileSync(join(folder.path, 'run.json'), '{}');
    const command = `ulimit -n 256; exec "${process.execPath}" --input-type=module -e "$0"`;
    const { stdout } = spawnSync('bash', ['-c', command, script], { encoding: 'utf8' });
    const lines = stdout.trim().split('\n');
    expect(lines).toHaveLength(4);
    for (const said of lines) expect(said).toMatch(/^E_JOURNAL .*: too many files are open$/);
    expect(readdirSync(folder.path)).toEqual(['run.json']);
  });
});

it.skipIf(process.platform !== 'linux' || process.getuid?.() === 0)(
  'a folder that may not be written is not called missing',
  async () => {
    using folder = scratchFolder();
    const closed = mkdtempSync(join(folder.path, 'closed-'));
    spawnSync('chmod', ['a-w', closed]);
    await expect(makeFolder(join(closed, 'run'))).rejects.toMatchObject({ message: /may not be written/ });
    rmSync(closed, { recursive: true, force: true });
  },
);
