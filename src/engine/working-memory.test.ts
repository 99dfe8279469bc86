/** Working memory is what the formula of docs/engine.md says. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fill, freshContext, tiny8 } from '../../test/agreement/bench.ts';
import { noTokenizer, randomModel } from '../../test/agreement/random-model.ts';
import { isPadded, memoryModels, promptBytes } from '../../test/agreement/working-memory.ts';
import { createEngine } from './index.ts';
import type { Shape } from './shape.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ttcbench-memory-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function fileOf(name: string): string {
  const model = memoryModels[name];
  if (!model) return tiny8;
  const path = join(folder, 'model.gguf');
  writeFileSync(path, randomModel(model));
  return path;
}

/** A quarter of what engines take, to be quick: memory goes with rows and with slots. */
const chunk = 64;

describe('working memory', () => {
  it.each(['tiny8', ...Object.keys(memoryModels)])('of %s is what the formula says', async (name) => {
    const path = fileOf(name);
    for (const prefill of ['flash', 'exact'] as const) {
      await using engine = await createEngine(path, { prefill, chunk, tokenizer: noTokenizer });
      using sequence = engine.open(256, freshContext());
      // Lengths ascend: memory never shrinks. The second prompt's last chunk is a short one.
      for (const tokens of [chunk, 250]) {
        sequence.truncate(0);
        const ids = Array.from({ length: tokens }, (_, at) => at % 500);
        await fill(engine, sequence, ids);
        const predicted = promptBytes(engine.model as Shape, tokens, { prefill, chunk });
        const found = engine.facts().workingBytes as number;
        const near = isPadded(engine) ? 0.3 : 0.03;
        expect(Math.abs(found / predicted - 1), `${prefill} ${tokens}: ${found}, ${predicted}`).toBeLessThan(near);
      }
    }
  });
});
