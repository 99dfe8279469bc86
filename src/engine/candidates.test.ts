import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fill, freshContext, range, run, runOne, samples, tiny8 } from '../../test/agreement/bench.ts';
import { noTokenizer, randomModel } from '../../test/agreement/random-model.ts';
import type { Output, Pass } from '../core/index.ts';
import { createEngine, type LocalEngine } from './index.ts';

let engine: LocalEngine;
beforeAll(async () => {
  engine = await createEngine(tiny8);
});
afterAll(() => engine[Symbol.asyncDispose]());

const prompt = samples[3]!.prompt_ids;
const wanted = [7, 1311, 0, 500, 7, 2];

function expectClose({ candidates }: Output, logits: Float32Array): void {
  expect(candidates.length).toBe(wanted.length);
  // The head multiplies with rounded activations, the few rows do not.
  for (const [at, id] of wanted.entries()) {
    expect(Math.abs(candidates[at]! - logits[id]!), `token ${id}`).toBeLessThan(0.1);
  }
  expect(candidates[0]).toBe(candidates[4]);
}

describe('logits of candidates', () => {
  it('are those of the last row, after any layer', async () => {
    for (const layers of [3, 8]) {
      using sequence = engine.open(200, freshContext());
      await fill(engine, sequence, prompt.slice(0, 20));
      const at = { sequence, tokens: prompt.slice(20, 25), positions: range(20, 25), layers: [0, layers] as const };
      const { logits } = await runOne(engine, { ...at, logits: 1 });
      for (let layer = 0; layer < layers; layer++) sequence.truncate(20, [layer, layer + 1]);
      const few = await runOne(engine, { ...at, candidates: wanted });
      expect(few.logits.length).toBe(0);
      expectClose(few, logits);
      const spread = Math.max(...logits) - Math.min(...logits);
      expect(spread).toBeGreaterThan(5);
    }
  });

  it('come beside full logits and for each of several sequences', async () => {
    using first = engine.open(200, freshContext());
    using second = engine.open(200, freshContext());
    await fill(engine, first, prompt.slice(0, 20));
    await fill(engine, second, prompt.slice(0, 30));
    const passes: Pass[] = [
      { sequence: first, tokens: prompt.slice(20, 22), positions: [20, 21], logits: 2, candidates: wanted },
      { sequence: second, tokens: prompt.slice(30, 31), positions: [30], logits: 1, candidates: wanted },
    ];
    const [a, b] = await run(engine, passes);
    expectClose(a!, a!.logits.subarray(1312));
    expectClose(b!, b!.logits);
  });

  it('are charged as what they are', async () => {
    const context = freshContext();
    using sequence = engine.open(10, context);
    await runOne(engine, { sequence, tokens: [5], positions: [0], candidates: wanted });
    expect(context.meter.counters.sums.candidate_logits).toBe(wanted.length);
    expect(context.meter.counters.sums.head_rows).toBeUndefined();
  });

  it.each([[[]], [[1312]], [[-1]], [[0.5]]])('are refused for %j', async (candidates) => {
    using sequence = engine.open(10, freshContext());
    const pass = { sequence, tokens: [5], positions: [0], candidates };
    await expect(runOne(engine, pass)).rejects.toMatchObject({ code: 'E_ARGUMENT' });
  });

  it('of a head of its own come from its rows where they lie plain, else are refused', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'ttcbench-untied-')), 'untied.gguf');
    writeFileSync(path, randomModel({ architecture: 'llama', type: 'F32', untied: true }));
    await using plain = await createEngine(path, { tokenizer: noTokenizer, layouts: [] });
    using sequence = plain.open(10, freshContext());
    const both = await runOne(plain, { sequence, tokens: [5], positions: [0], logits: 1, candidates: [3, 1] });
    expect(both.candidates[0]).toBeCloseTo(both.logits[3]!, 4);
    expect(both.candidates[1]).toBeCloseTo(both.logits[1]!, 4);

    writeFileSync(path, randomModel({ architecture: 'llama', type: 'Q8_0', untied: true }));
    await using packed = await createEngine(path, { tokenizer: noTokenizer });
    using refused = packed.open(10, freshContext());
    const pass = { sequence: refused, tokens: [5], positions: [0], candidates: [3, 1] };
    // Without kernel layouts for this CPU all matrices lie plain.
    const { plain: unpacked } = packed.facts().weights as { plain: number };
    if (unpacked === 0) await expect(runOne(packed, pass)).rejects.toMatchObject({ code: 'E_CAPABILITY' });
    else expect((await runOne(packed, pass)).candidates.length).toBe(2);
    expect((await runOne(packed, { ...pass, candidates: undefined, logits: 1 })).logits.length).toBe(512);
  });
});
