import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { type Backend, type Call, createMeter, type Part, type Prepared } from '../core/index.ts';
import { openBackend } from './open-backend.ts';
import { clientKitOf, openVariant } from './open-variant.ts';

const folder = mkdtempSync(join(tmpdir(), 'ttcbench-variant-'));
afterAll(() => rmSync(folder, { recursive: true }));
const { signal } = new AbortController();
const kit = clientKitOf({});
const tiny8 = fileURLToPath(new URL('../../assets/tiny8/tiny8-Q8_0.gguf', import.meta.url));
const call: Call = {
  messages: [{ role: 'user', content: 'Write out: a b c d' }],
  maxTokens: 12,
  temperature: 0,
  seed: 1,
};

async function answer(generate: Prepared) {
  const meter = createMeter();
  let text = '';
  for await (const part of generate(call, { signal, meter })) if (part.type === 'text') text += part.text;
  return { text, sums: meter.counters.sums };
}

describe('openVariant', () => {
  it('opens variants on the engine without a run: parameters of its own, a composition, a module', async () => {
    const config = { name: 'ggml', model: tiny8, baseUrls: [], apiKeyEnv: null, threads: 1 };
    const { backend } = await openBackend(config, { offline: true, signal });
    await using _backend = backend;
    const open = async (name: string, params = {}) => answer(await openVariant(backend, name, params, kit, signal));
    const plain = await open('baseline');
    expect(plain.text).not.toBe('');
    const early = await open('early_exit_28', { exit_layer: 2, of_layers: null, confidence_threshold: 0 });
    expect(early.sums.exits).toBeGreaterThan(0);
    const together = await open('elastic_batch_greedy+speculative_decoding', {
      speculative_decoding: { lookahead_tokens: 2 },
    });
    expect(together.text).toBe(plain.text);
    const own = fileURLToPath(new URL('../../examples/last-bigram.mjs', import.meta.url));
    expect((await open(own)).text).toBe(plain.text);
  });

  it.each([
    ['no_such_policy', {}, 'E_POLICY'],
    ['early_exit_28', { exit_layer: 0 }, 'E_POLICY'],
    ['early_exit_28+speculative_decoding', {}, 'E_NO_REALISATION'],
    ['early_exit_28', {}, 'E_CAPABILITY'],
    ['./no-such-file.mjs', {}, 'E_ARGUMENT'],
  ])('refuses %s %j over an API with its reason', async (name, params, code) => {
    const backend = { name: 'toy', kind: 'api', capabilities: new Set(), generate: never } as unknown as Backend;
    await expect(openVariant(backend, name, params, kit, signal)).rejects.toMatchObject({ code });
  });

  it('asks what a realisation needs with its parameters', async () => {
    const file = join(folder, 'needs.mjs');
    writeFileSync(
      file,
      `export default {
        name: 'needs', version: 1, variants: {}, neutral: {}, counters: {},
        params: { '~standard': { version: 1, vendor: 'x', validate: (value) => ({ value }) } },
        client: { fidelity: () => 'lossy', standsFor: 'x', cannot: 'y', alters: [],
          needs: ({ deep }) => (deep ? ['prefill', 'logprobs'] : []), open: (generate) => generate },
      };`,
    );
    const backend = {
      name: 'toy',
      kind: 'api',
      capabilities: new Set(['prefill']),
      generate: two,
    } as unknown as Backend;
    expect((await answer(await openVariant(backend, file, {}, kit, signal))).text).toBe('hi');
    await expect(openVariant(backend, file, { deep: true }, kit, signal)).rejects.toMatchObject({
      code: 'E_CAPABILITY',
      message: 'toy lacks logprobs, which needs needs',
    });
  });

  it.each([
    ['api', 'speculative_decoding', /lacks fast-model, .*: --fast-model NAME names a faster model of the same server$/],
    ['api', 'speculative_decoding_layers', /: --fast-model NAME names a faster model/],
    ['replay', 'speculative_decoding', /: record a run with --fast-model NAME$/],
    [
      'api',
      'dynamic_pruning_top_p',
      /lacks token-scores, .*: ttcbench models pull smollm2-135m, or .* parameter scorer$/,
    ],
  ])('over %s, a trial of %s that lacks a second model says what to give', async (kind, name, message) => {
    const capabilities = new Set(['prefill']);
    const backend = { name: 'toy', kind, capabilities, generate: two } as unknown as Backend;
    await expect(openVariant(backend, name, {}, kit, signal, { offline: true })).rejects.toMatchObject({
      code: 'E_CAPABILITY',
      message: expect.stringMatching(message),
    });
  });
});

async function* two(): AsyncGenerator<Part> {
  const at = process.hrtime.bigint();
  yield { type: 'text', at, text: 'hi', channel: 'answer' };
  yield { type: 'end', at, reason: 'stop' };
}

// biome-ignore lint/correctness/useYield: it is never called
async function* never(): AsyncGenerator<Part> {
  throw new Error('an opening calls nothing');
}
