import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findModels } from './other-caches.ts';
import { resolveModel } from './resolve.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'ttcbench-find-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const put = (path: string, content: string) => {
  mkdirSync(dirname(join(home, path)), { recursive: true });
  writeFileSync(join(home, path), content);
};
const digest = 'ab'.repeat(32);
const manifest = (mediaType: string, of = digest) =>
  JSON.stringify({ layers: [{ mediaType, digest: `sha256:${of}` }] });
const model = 'application/vnd.ollama.image.model';
const find = async (env: NodeJS.ProcessEnv = {}) =>
  (await findModels({ env: { HOME: home, ...env } })).map(({ program, name, path }) => [
    program,
    name,
    path.slice(home.length + 1),
  ]);

describe('findModels', () => {
  it('finds what other programs downloaded, and nothing else', async () => {
    put('.cache/llama.cpp/ggml-org_small_Q4_0.gguf', 'GGUF...');
    put('.cache/llama.cpp/ggml-org_small_Q4_0.gguf.json', '{}');
    put('.cache/llama.cpp/mmproj-small.gguf', 'GGUF...');
    put('.cache/llama.cpp/cut.gguf.downloadInProgress', 'GGUF...');
    put('.cache/llama.cpp/page.gguf', '<html>');
    put('.ollama/models/manifests/registry.ollama.ai/library/qwen/0.5b', manifest(model));
    put('.ollama/models/manifests/hf.co/us/small/Q4_0', manifest(model));
    put('.ollama/models/manifests/registry.ollama.ai/library/broken/1', '{');
    put('.ollama/models/manifests/registry.ollama.ai/library/odd/1', manifest(model, '../../../../etc/passwd'));
    put(
      '.ollama/models/manifests/registry.ollama.ai/library/only/licence',
      manifest('application/vnd.ollama.image.license'),
    );
    put('.ollama/models/manifests/registry.ollama.ai/library/gone/1', manifest(model, 'cd'.repeat(32)));
    put(`.ollama/models/blobs/sha256-${digest}`, 'GGUF...');
    put('.lmstudio/models/us/small-GGUF/small-Q8_0.gguf', 'GGUF...');
    put('.cache/huggingface/hub/models--us--big/blobs/1234', 'GGUF...');
    put('.cache/huggingface/hub/models--us--big/snapshots/f00/x', '');
    for (const part of ['00001', '00002'])
      symlinkSync(
        '../../blobs/1234',
        join(home, `.cache/huggingface/hub/models--us--big/snapshots/f00/big-${part}-of-00002.gguf`),
      );
    symlinkSync('.', join(home, '.cache/huggingface/hub/loop'));
    const blob = `.ollama/models/blobs/sha256-${digest}`;
    expect(await find()).toEqual([
      [
        'Hugging Face',
        'us/big/big-00001-of-00002',
        '.cache/huggingface/hub/models--us--big/snapshots/f00/big-00001-of-00002.gguf',
      ],
      ['llama.cpp', 'ggml-org_small_Q4_0', '.cache/llama.cpp/ggml-org_small_Q4_0.gguf'],
      ['LM Studio', 'us/small-GGUF/small-Q8_0', '.lmstudio/models/us/small-GGUF/small-Q8_0.gguf'],
      ['Ollama', expect.stringMatching(/^(qwen:0\.5b|us\/small:Q4_0)$/), blob],
    ]);
  });

  it('looks where the variables of those programs say', async () => {
    put('a/m.gguf', 'GGUF...');
    put('b/models--us--m/snapshots/f00/m.gguf', 'GGUF...');
    put('c/manifests/registry.ollama.ai/library/m/1', manifest(model));
    put(`c/blobs/sha256-${digest}`, 'GGUF...');
    const env = { LLAMA_CACHE: join(home, 'a'), HF_HUB_CACHE: join(home, 'b'), OLLAMA_MODELS: join(home, 'c') };
    expect((await find(env)).map(([program]) => program)).toEqual(['Hugging Face', 'llama.cpp', 'Ollama']);
  });

  it('finds nothing, without a word, where there is nothing', async () => {
    expect(await find({ OLLAMA_MODELS: join(home, 'none') })).toEqual([]);
  });

  it('gives paths that a run takes in place', async () => {
    put('.ollama/models/manifests/registry.ollama.ai/library/m/1', manifest(model));
    put(`.ollama/models/blobs/sha256-${digest}`, 'GGUF...');
    const env = { HOME: home, TTCBENCH_CACHE: join(home, 'own') };
    const [found] = await findModels({ env });
    expect(await resolveModel(found!.path, { env })).toMatchObject({ path: found!.path, bytes: 7 });
  });
});
