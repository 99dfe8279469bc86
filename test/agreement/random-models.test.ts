/** Every supported architecture in every supported type against llama.cpp, on random weights. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkRowInvariance, createEngine } from '../../src/engine/index.ts';
import { tensorTypes } from '../../src/engine/tensor-types.ts';
import { argmax, decode, distance, fill, freshContext } from './bench.ts';
import { startLlama } from './llama.ts';
import { noTokenizer, type RandomModel, randomModel } from './random-model.ts';

const types = [...tensorTypes.values()].map(({ name }) => name);
const architectures = ['llama', 'qwen2', 'qwen3', 'smollm3'] as const;
const special: Record<string, RandomModel> = {
  'llama as Q4_K_M': { architecture: 'llama', type: 'Q4_K', mixed: 'Q6_K', untied: true },
  'llama with frequency factors': { architecture: 'llama', type: 'Q8_0', factors: true, untied: true },
  'qwen3 with heads of 128': { architecture: 'qwen3', type: 'Q4_0', headSize: 128 },
  'llama with one query head per KV head': { architecture: 'llama', type: 'Q8_0', kvHeads: 4 },
  'llama with outputs in steps of 256': { architecture: 'llama', type: 'Q4_1', heads: 8, kvHeads: 4, width: 512 },
};
const models: [string, RandomModel][] = [
  ...architectures.flatMap((architecture) =>
    types.map((type): [string, RandomModel] => [`${architecture} ${type}`, { architecture, type }]),
  ),
  ...Object.entries(special),
];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ttcbench-random-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const ids = (count: number, from: number) => Array.from({ length: count }, (_, i) => ((from + i) * 197 + 31) % 512);

describe('random weights', () => {
  it.each(models)('%s', async (name, model) => {
    const path = join(folder, 'model.gguf');
    writeFileSync(path, randomModel(model));
    const prompt = ids(40, 0);
    const steps = ids(24, 100);
    using llama = await startLlama(path, ['--flash', 'off']);
    const expected = await llama.ask({ batches: [prompt, ...steps.map((id) => [id])], logits: true });

    await using engine = await createEngine(path, { prefill: 'exact', tokenizer: noTokenizer });
    using sequence = engine.open(128, freshContext());
    const found = [(await fill(engine, sequence, prompt)).logits];
    for (const [step, id] of steps.entries()) {
      found.push((await decode(engine, sequence, id, prompt.length + step)).logits);
    }
    const spread =
      Math.max(...(expected.logits[0] as Float32Array)) - Math.min(...(expected.logits[0] as Float32Array));
    const worst = Math.max(...found.map((logits, at) => distance(logits, expected.logits[at] as Float32Array)));
    const invariance = await checkRowInvariance(engine);
    console.log(
      `${name}: largest difference ${worst.toExponential(1)} of ${spread.toFixed(1)}, rows ${invariance.label}`,
    );
    expect(found.map(argmax)).toEqual(expected.argmax);
    expect(worst).toBeLessThan(0.02 * spread);
  });
});
