import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { catalogue, defaultModel } from './catalogue.ts';
import { sha256Of } from './checksum.ts';
import { resolveModel } from './resolve.ts';
import { listModels, pullModel, removeModel } from './store.ts';

const root = mkdtempSync(join(tmpdir(), 'ttcbench-models-'));
const cache = join(root, 'cache');
/** No Python, no hub: whoever tries the network fails. */
const env = { TTCBENCH_CACHE: cache, PATH: join(root, 'none'), HF_ENDPOINT: 'http://127.0.0.1:1' };
const tiny8 = join(import.meta.dirname, '../../assets/tiny8/tiny8-Q8_0.gguf');
const digest = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');

afterAll(() => rmSync(root, { recursive: true }));
beforeEach(() => rmSync(cache, { recursive: true, force: true }));

describe('resolving a model', () => {
  it('finds tiny8 without network and without a cache', async () => {
    const file = join(root, 'no-folder');
    writeFileSync(file, '');
    const model = await resolveModel('tiny8', { env: { ...env, TTCBENCH_CACHE: file }, offline: true });
    expect(model).toMatchObject({ name: 'tiny8', embedded: true, sha256: digest(tiny8) });
    expect(readFileSync(model.path).equals(readFileSync(tiny8))).toBe(true);
    expect(model).not.toHaveProperty('downloadSeconds');
  });

  it('means the default model by null and does not download offline', async () => {
    await expect(resolveModel(null, { env, offline: true })).rejects.toMatchObject({
      code: 'E_MODEL',
      message: `${defaultModel} is not in the cache and --offline forbids a download`,
      help: expect.stringContaining('--model tiny8'),
    });
  });

  it('takes the path of any GGUF file', async () => {
    const path = join(root, 'my model.GGUF');
    copyFileSync(tiny8, path);
    const model = await resolveModel(path, { env, offline: true });
    expect(model).toEqual({ name: 'my model', path, sha256: digest(path), bytes: 1_795_872, embedded: false });
  });

  it.each([
    ['smolm2-135m', 'E_MODEL', /did you mean smollm2-135m\?/],
    ['llama', 'E_MODEL', /there is no model "llama"$/],
    ['./absent.gguf', 'E_MODEL', /\.\/absent\.gguf cannot be read: it does not exist/],
    ['absent.gguf', 'E_MODEL', /absent\.gguf cannot be read: it does not exist/],
    [root, 'E_MODEL', /is not a file/],
    ['minilm', 'E_MODEL', /minilm is a sentence encoder/],
    ['all-mpnet-base-v2', 'E_MODEL', /not supported: its relative position bias is not built/],
    ['constructor', 'E_MODEL', /there is no model "constructor"/],
  ])('says what is wrong with %s', async (name, code, message) => {
    await expect(resolveModel(name, { env, offline: true })).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
      help: expect.any(String),
    });
  });

  it.each([
    ['', /wrong\.gguf is empty$/, /fetch it again/],
    ['GGU', /has only 3 bytes: it is cut short$/, /fetch it again/],
    ['PK\x03\x04 a zip', /is not a GGUF file$/, /convert/],
  ])('refuses a file that is no GGUF and says what helps (%j)', async (content, words, help) => {
    const path = join(root, 'wrong.gguf');
    writeFileSync(path, content);
    const message = expect.stringMatching(words);
    const error = { code: 'E_GGUF', message, help: expect.stringMatching(help) };
    await expect(resolveModel(path, { env })).rejects.toMatchObject(error);
  });
});

describe('remembered checksums', () => {
  const path = join(root, 'file');
  const memory = () => join(cache, 'hashes', readdirSync(join(cache, 'hashes'))[0] as string);

  it('are those of the content, also after it changed at equal size', async () => {
    writeFileSync(path, 'one');
    expect(await sha256Of(path, { env })).toBe(digest(path));
    writeFileSync(path, 'two');
    expect(await sha256Of(path, { env })).toBe(digest(path));
  });

  it('spare the reading of an unchanged file', async () => {
    writeFileSync(path, 'one');
    await sha256Of(path, { env });
    const record = JSON.parse(readFileSync(memory(), 'utf8'));
    writeFileSync(memory(), JSON.stringify({ ...record, sha256: 'remembered' }));
    expect(await sha256Of(path, { env })).toBe('remembered');
  });

  it('are made anew where the memory is damaged', async () => {
    writeFileSync(path, 'one');
    await sha256Of(path, { env });
    writeFileSync(memory(), '{"stamp":');
    expect(await sha256Of(path, { env })).toBe(digest(path));
  });
});

describe('the store', () => {
  it('promises what the embedded file is', () => {
    const entry = catalogue.find(({ name }) => name === 'tiny8');
    expect(entry).toMatchObject({ sha256: digest(tiny8), bytes: readFileSync(tiny8).length });
  });

  it('lists what is here, what is not and what was left half', async () => {
    mkdirSync(join(cache, 'models'), { recursive: true });
    writeFileSync(join(cache, 'models', 'SmolLM2-135M-Instruct.Q4_1.gguf.part'), 'half');
    const [smollm2, embedded] = await listModels({ env });
    expect(smollm2).toMatchObject({ name: defaultModel, state: 'missing', partial: 4, isDefault: true });
    expect(embedded).toMatchObject({ name: 'tiny8', state: 'whole', embedded: true, isDefault: false });
  });

  it('calls a file of the wrong size damaged', async () => {
    mkdirSync(join(cache, 'models'), { recursive: true });
    writeFileSync(join(cache, 'models', 'SmolLM2-135M-Instruct.Q4_1.gguf'), 'short');
    expect((await listModels({ env }))[0]).toMatchObject({ state: 'damaged' });
  });

  it('removes a model with what was left of it', async () => {
    mkdirSync(join(cache, 'models'), { recursive: true });
    writeFileSync(join(cache, 'models', 'SmolLM2-135M-Instruct.Q4_1.gguf'), 'short');
    writeFileSync(join(cache, 'models', 'SmolLM2-135M-Instruct.Q4_1.gguf.part'), 'half');
    expect(await removeModel(defaultModel, { env })).toEqual({ name: defaultModel, bytes: 5 });
    expect(readdirSync(join(cache, 'models'))).toEqual([]);
    expect(await removeModel(defaultModel, { env })).toEqual({ name: defaultModel, bytes: 0 });
  });

  it('neither removes nor downloads what comes with ttcbench', async () => {
    await expect(removeModel('tiny8', { env })).rejects.toMatchObject({ code: 'E_MODEL' });
    expect(await pullModel('tiny8', { env })).toMatchObject({ embedded: true });
  });

  it('pulls only names it knows', async () => {
    await expect(pullModel('tiny9', { env })).rejects.toMatchObject({ message: expect.stringContaining('tiny8') });
  });
});
