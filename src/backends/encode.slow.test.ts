/** Sentence vectors across the process: the same bits, charged to no call, and deaths that cost one try. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { getPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomTensors, safetensors, writeEncoder } from '../../test/support/random-encoder.ts';
import { type Call, createMeter } from '../core/index.ts';
import { createEncoder } from '../engine/encoder.ts';
import { createHostProxy } from '../host/proxy.ts';
import { openEncoderHost } from './encoder-host.ts';
import { openGgmlBackend } from './ggml.ts';

const folder = mkdtempSync(join(tmpdir(), 'ttcbench-encode-'));
afterAll(() => rmSync(folder, { recursive: true }));
/** The process knows twelve heads only: those of MiniLM. */
const size = { layers: 2, width: 48, heads: 12, feedForward: 40, positions: 48 };
const path = join(folder, 'small.safetensors');
const texts = ['open the case', '', 'word1 word2 word3', 'word4 '.repeat(100), 'open the case'];

const tiny8 = fileURLToPath(new URL('../../assets/tiny8/tiny8-Q8_0.gguf', import.meta.url));
const call: Call = { messages: [{ role: 'user', content: 'Where?' }], maxTokens: 24, temperature: 0, seed: 1 };

let backend: Awaited<ReturnType<typeof openGgmlBackend>>;
let expected: Float32Array[];
beforeAll(async () => {
  writeEncoder(path, randomTensors(1, size));
  await using encoder = await createEncoder(path);
  expected = await encoder.encode(texts);
  backend = await openGgmlBackend({ model: 'tiny8', path: tiny8, sha256: 'unchecked', threads: 1 });
  return () => backend[Symbol.asyncDispose]();
});
const encode = (file: string, list: readonly string[]) => backend.encode!(file, list);

async function answer(meanwhile: () => unknown = () => undefined) {
  const meter = createMeter();
  const parts: string[] = [];
  for await (const part of backend.generate(call, { signal: new AbortController().signal, meter })) {
    if (part.type === 'text') parts.push(part.text);
    meanwhile();
  }
  // Times differ from run to run; work does not.
  const work = Object.entries(meter.counters.sums).filter(([name]) => !name.endsWith('_ms'));
  return { text: parts.join(''), work: Object.fromEntries(work), tallies: meter.counters.tallies };
}

describe('vectors from the engine’s process', () => {
  it('have the bits of the encoder here', async () => {
    expect(await encode(path, texts)).toEqual(expected);
    expect(await encode(path, [])).toEqual([]);
  });

  it('are charged to no call that runs meanwhile', async () => {
    const alone = await answer();
    const asked: Promise<Float32Array[]>[] = [];
    expect(await answer(() => asked.push(encode(path, texts)))).toEqual(alone);
    expect(asked.length).toBeGreaterThan(3);
    for (const vectors of await Promise.all(asked)) expect(vectors).toEqual(expected);
  });

  it('come from a new process where the old one dies', async () => {
    const before = backend.pid() as number;
    const asked = encode(path, Array(100).fill(texts[3]));
    process.kill(before, 'SIGKILL');
    expect((await asked)[99]).toEqual(expected[3]);
    expect(backend.pid()).not.toBe(before);
  });

  it('are refused with the reason, and had once the file is right', async () => {
    const late = join(folder, 'late.safetensors');
    await expect(encode(late, ['open'])).rejects.toMatchObject({
      code: 'E_ENCODER',
      message: expect.stringContaining('ENOENT'),
    });
    writeEncoder(late, randomTensors(1, size));
    writeFileSync(late, safetensors(randomTensors(1, size)).subarray(0, 5000));
    await expect(encode(late, ['open'])).rejects.toMatchObject({ code: 'E_ENCODER' });
    writeEncoder(late, randomTensors(1, size));
    expect(await encode(late, texts)).toEqual(expected);
  });
});

describe('a process without a model', () => {
  it('encodes too, and starts when it is asked', async () => {
    await using host = openEncoderHost();
    expect(await host.encode(path, texts)).toEqual(expected);
  });

  it('steps back behind the client whose times are measured, and plays no policy', async () => {
    await using proxy = createHostProxy({ inBackground: true, threads: 1, prefill: 'flash' });
    await proxy.ready();
    if (process.platform !== 'win32')
      expect(getPriority(proxy.pid() as number)).toBeGreaterThan(getPriority(process.pid));
    await expect(proxy.realise({ name: 'baseline' }, {})).rejects.toMatchObject({ code: 'E_BACKEND' });
  });
});
