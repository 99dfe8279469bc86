/** The same weights in every layout this CPU has kernels for: the model stays the same up to rounding. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { argmax, decode, distance, fill, freshContext, range } from '../../test/agreement/bench.ts';
import { noTokenizer, type RandomModel, randomModel } from '../../test/agreement/random-model.ts';
import { some } from '../../test/support/depth.ts';
import { extraBufferTypes, loadGgml } from './ffi.ts';
import { checkRowInvariance, createEngine } from './index.ts';
import { type KernelLayout, kernelLayouts } from './weight-store.ts';

const prompt = range(0, 24).map((at) => (at * 197 + 31) % 512);
const steps = [9, 400, 77];
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ttcbench-weights-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function logitsWith(path: string, layouts: readonly KernelLayout[]) {
  await using engine = await createEngine(path, { layouts, prefill: 'exact', tokenizer: noTokenizer });
  using sequence = engine.open(64, freshContext());
  const rows = [(await fill(engine, sequence, prompt)).logits];
  for (const [at, id] of steps.entries()) rows.push((await decode(engine, sequence, id, prompt.length + at)).logits);
  const { weights } = engine.facts() as { weights: Record<string, number> };
  return { rows, weights, invariance: (await checkRowInvariance(engine)).label };
}

const ggml = loadGgml();
const available = kernelLayouts.filter((layout) =>
  extraBufferTypes(ggml).some((type) => ggml.backend_buft_name(type).includes(layout)),
);

if (available.length === 0) it.skip(`SKIPPED: ${ggml.variant} has kernels for no other layout`, () => undefined);

describe.each(available)('weights in the layout %s', (layout) => {
  const models: [string, RandomModel][] = [
    ['llama Q4_1', { architecture: 'llama', type: 'Q4_1', embedding: 'Q8_0' }],
    ['qwen2 Q4_0', { architecture: 'qwen2', type: 'Q4_0', embedding: 'Q8_0' }],
    // Products of 256 outputs and multiples are padded where the kernel wants it.
    ['llama Q4_1, wide', { architecture: 'llama', type: 'Q4_1', width: 512, heads: 8, kvHeads: 4, untied: true }],
    // Its head is of another type, whose product hides the last bits of what the layers give.
    ['llama Q4_K, tied', { architecture: 'llama', type: 'Q4_K', embedding: 'Q8_0' }],
    ['llama Q4_K_M', { architecture: 'llama', type: 'Q4_K', mixed: 'Q6_K', untied: true }],
  ];
  it.each(some(models, 2))('give what plain ones give: %s', async (_, options) => {
    const model = { ...options, layers: 2 };
    const path = join(folder, 'model.gguf');
    writeFileSync(path, randomModel(model));
    const plain = await logitsWith(path, []);
    const found = await logitsWith(path, [layout]);
    expect(plain.weights).toMatchObject({ AMX: 0, REPACK: 0, split: 0 });
    const spread = Math.max(...(plain.rows[0] as Float32Array)) - Math.min(...(plain.rows[0] as Float32Array));
    for (const [at, row] of found.rows.entries()) {
      expect(distance(row, plain.rows[at] as Float32Array)).toBeLessThan(0.03 * spread);
    }
    expect(found.rows.map(argmax)).toEqual(plain.rows.map(argmax));
    expect(found.invariance).toBe('bits');
    if (layout === 'REPACK' && model.type === 'Q4_1') expect(found.weights.split).toBeGreaterThan(0);
  });
});
