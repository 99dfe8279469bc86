import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { everything } from '../../test/support/registries.ts';
import { loadConfig, loadDotEnv, type RunFlags } from './index.ts';

const scratch = mkdtempSync(join(tmpdir(), 'ttcbench-dot-env-'));
afterAll(() => rmSync(scratch, { recursive: true }));

function folderWith(text: string): string {
  const folder = mkdtempSync(join(scratch, 'x-'));
  writeFileSync(join(folder, '.env'), text);
  return folder;
}

function load(text: string, flags: RunFlags = {}) {
  const env: NodeJS.ProcessEnv = { PATH: '/bin' };
  const loading = loadConfig({
    flags: { policy: ['baseline'], benchmark: ['extract'], ...flags },
    env,
    folder: folderWith(text),
    registries: everything,
  });
  return loading.then(({ notes, config }) => ({ env, notes, config }));
}

describe("a working folder's .env", () => {
  it.each([
    'NODE_OPTIONS=--require ./evil.cjs',
    'LD_PRELOAD=./evil.so',
    'DYLD_INSERT_LIBRARIES=./evil.dylib',
    'TTCBENCH_GGML_DIR=./evil',
    'TTCBENCH_GGML_CPU=../../evil',
    'TTCBENCH_CACHE=./evil',
    'TTCBENCH_OUT=/etc/x',
    'TTCBENCH_RECORD=/etc/x',
    'TTCBENCH_JOBS=./jobs',
    'TTCBENCH_API_KEY_ENV=HOME',
    'HTTPS_PROXY=http://evil.example',
    'HF_ENDPOINT=http://evil.example',
    'NODE_TLS_REJECT_UNAUTHORIZED=0',
    'NODE_EXTRA_CA_CERTS=./evil.pem',
    'PATH_TOKEN_X=1',
  ])('sets nothing that runs code, sends data elsewhere or writes files: %s', async (line) => {
    const { env, notes } = await load(`${line}\nGROQ_API_KEY=secret\n`);
    expect(env).toEqual({ PATH: '/bin', GROQ_API_KEY: 'secret' });
    expect(notes).toEqual([expect.stringContaining(`left out: ${line.split('=')[0]}.`)]);
  });

  it('gives keys, tokens and plain settings', async () => {
    const lines = ['OPENAI_API_KEY=a', 'HF_TOKEN=b', 'MY_SECRET_KEY=c', 'TTCBENCH_SEED=5', 'TTCBENCH_BACKEND=openai'];
    const { env, notes, config } = await load(lines.join('\n'));
    expect(notes).toEqual([]);
    expect(env).toMatchObject({ OPENAI_API_KEY: 'a', HF_TOKEN: 'b', MY_SECRET_KEY: 'c' });
    expect(config).toMatchObject({ seed: 5, backend: { name: 'openai' } });
  });

  it('gives the variable that the command line names as the key', async () => {
    const { env } = await load('CREDENTIAL=a\nOTHER=b', { backend: 'openai', apiKeyEnv: 'CREDENTIAL' });
    expect(env).toEqual({ PATH: '/bin', CREDENTIAL: 'a' });
  });

  it('is complained about once, with a few names, and shows no text that acts on a terminal', async () => {
    const many = Array.from({ length: 40 }, (_, count) => `NAME_${count}=1`).join('\n');
    expect((await load(many)).notes).toEqual([expect.stringMatching(/out: (NAME_\d+, ){3}NAME_\d+ and 36 more/)]);
    const { note } = loadDotEnv(folderWith('A\u001b[31mB=1\n'), {});
    expect(note).not.toContain('\u001b');
  });

  it('with a misspelt variable of ours is refused', async () => {
    await expect(load('TTCBENCH_SEDE=1')).rejects.toMatchObject({
      code: 'E_CONFIG',
      message: expect.stringMatching(/TTCBENCH_SEDE: there is no such variable; did you mean TTCBENCH_SEED\?/),
    });
  });
});
