/** `--model hf:…` against a server that behaves as the hub does. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listModels, pullModel, removeModel, resolveModel } from '../src/models/index.ts';
import { type ModelHub, type Repository, startModelHub } from './support/model-hub.ts';

const token = 'hf_aVerySecretToken0123456789';
const bin = resolve(import.meta.dirname, '../bin/ttcbench.js');
const gguf = (size: number) => Buffer.concat([Buffer.from('GGUF'), randomBytes(size)]);
const content = gguf(300_000);
const files = {
  'us/small-GGUF/small-Q4_K_M.gguf': content,
  'us/small-GGUF/small-Q8_0.gguf': gguf(1_000),
  'us/small-GGUF/parts/big-F16-00001-of-00002.gguf': gguf(2_000),
  'us/small-GGUF/parts/big-F16-00002-of-00002.gguf': gguf(3_000),
  'us/small-GGUF/mmproj-small-F32.gguf': gguf(10),
};

let cache: string;
let hub: ModelHub;
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'ttcbench-hub-'));
});
afterEach(async () => {
  await hub?.[Symbol.asyncDispose]();
  rmSync(cache, { recursive: true, force: true });
});

const start = async (change: Partial<Repository> = {}) => {
  hub = await startModelHub({ files, ...change });
  return { TTCBENCH_CACHE: cache, HF_ENDPOINT: hub.url, HF_TOKEN: token, PATH: process.env.PATH };
};
const filesHere = () =>
  readdirSync(cache, { recursive: true, encoding: 'utf8' }).filter((name) => statSync(join(cache, name)).isFile());
/** The token must be in no file of the cache, whatever its name. */
const expectNoSecret = (...outputs: string[]) => {
  for (const text of [...filesHere().map((name) => name + readFileSync(join(cache, name), 'latin1')), ...outputs])
    for (const secret of [token, 'a-secret-of-the-store']) expect(text.includes(secret)).toBe(false);
};

describe('a model of the hub', () => {
  it('is downloaded, checked and found again without the network', async () => {
    const env = await start();
    const notes: string[] = [];
    const model = await resolveModel('hf:us/small-GGUF/small-Q4_K_M.gguf', { env, onNote: (note) => notes.push(note) });
    expect(readFileSync(model.path).equals(content)).toBe(true);
    expect(model).toMatchObject({ name: 'hf:us/small-GGUF/small-Q4_K_M.gguf', bytes: content.length, embedded: false });
    const asked = hub.hub.length;
    for (const offline of [true, false])
      expect((await resolveModel('hf:us/small-GGUF:q4_k_m', { env, offline })).path).toBe(model.path);
    expect(hub.hub).toHaveLength(asked);
    expectNoSecret(JSON.stringify(model), ...notes);
  });

  it('gets the token, and the host that it redirects to does not', async () => {
    const env = await start({ token });
    await resolveModel('hf:us/small-GGUF:Q8_0', { env });
    expect(hub.hub.every(({ authorization }) => authorization === `Bearer ${token}`)).toBe(true);
    expect(hub.store.length).toBeGreaterThan(0);
    expect(hub.store.every(({ authorization }) => authorization === undefined)).toBe(true);
  });

  it('is the file with the quantisation, over all pages of the list, in all of its parts', async () => {
    const env = await start();
    const model = await resolveModel('hf:us/small-GGUF:F16', { env });
    expect(model.bytes).toBe(5_008);
    expect(model.path).toMatch(/big-F16-00001-of-00002\.gguf$/);
    expect(existsSync(model.path.replace('00001-of', '00002-of'))).toBe(true);
    const byPath = await resolveModel(model.path, { env });
    expect([byPath.sha256, byPath.bytes]).toEqual([model.sha256, model.bytes]);
  });

  it('is listed, and removed', async () => {
    const env = await start();
    await pullModel('hf:us/small-GGUF:F16', { env });
    await pullModel('hf:us/small-GGUF:Q8_0', { env });
    const listed = (await listModels({ env })).filter(({ name }) => name.startsWith('hf:'));
    expect(listed.map(({ name, state, bytes }) => [name, state, bytes])).toEqual([
      ['hf:us/small-GGUF/parts/big-F16-00001-of-00002.gguf', 'whole', 5_008],
      ['hf:us/small-GGUF/small-Q8_0.gguf', 'whole', 1_004],
    ]);
    expect(await removeModel(listed[0]!.name, { env })).toMatchObject({ bytes: 5_008 });
    expect((await listModels({ env })).filter(({ name }) => name.startsWith('hf:'))).toHaveLength(1);
  });

  it('that was changed on the disk is fetched again, and offline it says so', async () => {
    const env = await start();
    const { path } = await resolveModel('hf:us/small-GGUF:Q8_0', { env });
    writeFileSync(path, gguf(1_000));
    await expect(resolveModel('hf:us/small-GGUF:Q8_0', { env, offline: true })).rejects.toMatchObject({
      code: 'E_MODEL',
    });
    await resolveModel('hf:us/small-GGUF:Q8_0', { env });
    expect(readFileSync(path).equals(files['us/small-GGUF/small-Q8_0.gguf'])).toBe(true);
  });

  it('whose content is not what the hub promised is refused and removed', async () => {
    const env = await start({ promise: 'a'.repeat(64) });
    await expect(resolveModel('hf:us/small-GGUF:Q8_0', { env })).rejects.toMatchObject({
      code: 'E_DOWNLOAD',
      message: expect.stringContaining('SHA-256'),
    });
    expect(filesHere()).toEqual([]);
  });

  it.each<[string, Partial<Repository>, string, object]>([
    ['a file that it has not', {}, 'hf:us/small-GGUF/smal-Q8_0.gguf', { code: 'E_MODEL', message: /small-Q8_0\.gguf/ }],
    ['a quantisation that it has not', {}, 'hf:us/small-GGUF:Q2_K', { code: 'E_MODEL', help: /small-Q8_0\.gguf/ }],
    ['a repository that it has not', {}, 'hf:us/other:Q2_K', { code: 'E_MODEL' }],
    [
      'a repository that wants consent',
      { token: 'another' },
      'hf:us/small-GGUF:Q8_0',
      { code: 'E_DOWNLOAD', help: /HF_TOKEN/ },
    ],
    [
      'a file without a SHA-256',
      { unlinked: true },
      'hf:us/small-GGUF:Q8_0',
      { code: 'E_DOWNLOAD', message: /SHA-256/ },
    ],
    ['a vision projector', {}, 'hf:us/small-GGUF:F32', { code: 'E_MODEL' }],
  ])('is refused: %s', async (_, change, name, expected) => {
    const env = await start(change);
    const matchers = Object.entries(expected).map(([key, value]) => [
      key,
      value instanceof RegExp ? expect.stringMatching(value) : value,
    ]);
    const error = await resolveModel(name, { env }).catch((thrown) => thrown);
    expect(error).toMatchObject(Object.fromEntries(matchers));
    expectNoSecret(String(error.message), String(error.help), String(error.stack));
  });

  it.each([
    'hf:',
    'hf:us',
    'hf:us/',
    'hf:us/x/../../etc/passwd.gguf',
    'hf:../x/y.gguf',
    'hf:us/x/y.bin',
    'hf:us/x:a:b',
    'hf:us/x/y.gguf:Q4',
    'hf:us/x/a b.gguf',
    'hf:us/x/%2e%2e/y.gguf',
    'hf:us/.hidden/y.gguf',
    'hf:us/x@a@b/y.gguf',
    'hf:us/x/y?.gguf',
  ])('is no name: %s', async (name) => {
    const env = await start();
    await expect(resolveModel(name, { env })).rejects.toMatchObject({ code: 'E_MODEL' });
    expect(hub.hub).toHaveLength(0);
  });

  it.each([
    [{ HF_TOKEN: `${token}\nx: y` }, 'E_API_KEY'],
    [{ HF_TOKEN: `${token}é` }, 'E_API_KEY'],
    [{ HF_ENDPOINT: `http://me:${token}@127.0.0.1` }, 'E_ARGUMENT'],
    [{ HF_ENDPOINT: 'hub.example' }, 'E_ARGUMENT'],
    [{ HF_ENDPOINT: 'http://127.0.0.1:1' }, 'E_DOWNLOAD'],
  ])('with settings that cannot be used says so and shows no secret: %j', async (change, code) => {
    const env = { ...(await start()), ...change };
    const error = await resolveModel('hf:us/small-GGUF:Q8_0', { env }).catch((thrown) => thrown);
    expect(error.code).toBe(code);
    expectNoSecret(error.message, String(error.help), String(error.stack), String(error.cause));
  });
});

describe('ttcbench models pull hf:…', () => {
  it('killed twice goes on where it was, and no output holds the token', async () => {
    const env = await start();
    const outputs: string[] = [];
    const pull = () => {
      const child = spawn(process.execPath, [bin, 'models', 'pull', 'hf:us/small-GGUF:Q4_K_M'], { env });
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => outputs.push(String(data)));
      return child;
    };
    for (const [round, silentAfter] of [100_000, 80_000].entries()) {
      hub.silentAfter = silentAfter;
      const child = pull();
      // until what was sent is on the disk
      await expect.poll(() => partBytes(), { timeout: 30_000 }).toBe(round === 0 ? 100_000 : 180_000);
      child.kill('SIGKILL');
      await once(child, 'close');
    }
    hub.silentAfter = undefined;
    const [status] = await once(pull(), 'close');
    expect({ status, output: outputs.join('') }).toMatchObject({
      status: 0,
      output: expect.stringContaining('is here'),
    });
    expect(hub.store.map(({ range }) => range)).toEqual([undefined, 'bytes=100000-', 'bytes=180000-']);
    expect(hub.sent).toBe(content.length);
    expect((await listModels({ env })).find(({ name }) => name.startsWith('hf:'))).toMatchObject({
      state: 'whole',
      partial: 0,
    });
    expectNoSecret(outputs.join(''));
  });

  const partBytes = () =>
    Math.max(0, ...filesHere().flatMap((name) => (name.endsWith('.part') ? [statSync(join(cache, name)).size] : [])));
});
