import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { everything } from '../../test/support/registries.ts';
import { loadConfig, type RunFlags } from './index.ts';

const folder = mkdtempSync(join(tmpdir(), 'ttcbench-endpoints-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function backends(text: string, flags: RunFlags = {}) {
  const file = join(mkdtempSync(join(folder, 'x-')), 'config.yaml');
  writeFileSync(file, text);
  const { config } = await loadConfig({
    file,
    flags: { policy: 'early_exit_32', ...flags },
    env: {},
    folder,
    registries: everything,
  });
  return config.backends ?? [config.backend];
}

const endpoints = `
model: big
endpoints:
  near: { base_url: "http://near/v1", fast_model: small }
  far: { backend: groq, base_url: "http://far/v1", model: huge }
openai: { api_key_env: OTHER }
`;

describe('several backends', () => {
  it('are a list or a text with commas, each with its own settings', async () => {
    const expected = [
      { name: 'ggml', model: 'big' },
      {
        name: 'openai',
        as: 'near',
        baseUrls: ['http://near/v1'],
        fastModel: 'small',
        model: 'big',
        apiKeyEnv: 'OTHER',
      },
      { name: 'groq', as: 'far', baseUrls: ['http://far/v1'], model: 'huge', apiKeyEnv: 'GROQ_API_KEY' },
    ];
    expect(await backends(`backend: [ggml, near, far]${endpoints}`)).toMatchObject(expected);
    expect(await backends(endpoints, { backend: 'ggml, near,far' })).toMatchObject(expected);
  });

  it('one is what it was', async () => {
    expect(await backends('backend: openai')).toMatchObject([{ name: 'openai', baseUrls: [] }]);
    const { config } = await loadConfig({
      flags: { policy: 'early_exit_32' },
      env: {},
      folder,
      registries: everything,
    });
    expect(config.backends).toBeUndefined();
  });

  it('a flag weighs more than an endpoint', async () => {
    expect(await backends(endpoints, { backend: 'far', model: 'mine' })).toMatchObject([{ as: 'far', model: 'mine' }]);
  });

  it.each([
    [{ backend: 'neer' }, /must be one of ggml, groq, openai, replay, near, far.*did you mean/s],
    [{ backend: 'near,near' }, /names near twice/],
  ])('refuses %j', async (flags, message) => {
    await expect(backends(endpoints, flags)).rejects.toMatchObject({ message: expect.stringMatching(message) });
  });

  it('refuses an endpoint’s unknown key and unknown backend', async () => {
    await expect(backends('endpoints: { a: { bas_url: "http://x" } }')).rejects.toThrow(/bas_url/);
    await expect(backends('endpoints: { a: { backend: ggml } }')).rejects.toThrow(/one of groq, openai/);
  });
});
