/** tiny8 against llama.cpp, teacher-forced over every reference token, as `assets/tiny8/README.md` asks. */
import { describe, expect, it } from 'vitest';
import { argmax, fill, freshContext, range, runOne, samples, tiny8 } from '../../test/agreement/bench.ts';
import { inFull, some } from '../../test/support/depth.ts';
import type { Engine } from '../core/index.ts';
import { createEngine } from './index.ts';

const endOfText = 2;
/** Rows of one pass whose bits equal those of single rows (see bits.test.ts). */
const rowsPerPass = 16;

/** Logits at each of the ids, given the prompt and the ids before it. */
async function* teacherForced(engine: Engine, prompt: readonly number[], ids: readonly number[]) {
  using sequence = engine.open(prompt.length + ids.length, freshContext());
  yield (await fill(engine, sequence, prompt)).logits;
  const { vocabulary } = engine.model;
  for (let at = 0; at < ids.length - 1; at += rowsPerPass) {
    const tokens = ids.slice(at, Math.min(at + rowsPerPass, ids.length - 1));
    const positions = range(prompt.length + at, prompt.length + at + tokens.length);
    const { logits } = await runOne(engine, { sequence, tokens, positions, logits: tokens.length });
    for (const row of tokens.keys()) yield logits.subarray(row * vocabulary, (row + 1) * vocabulary);
  }
}

describe.each(['flash', 'exact'] as const)('tiny8 and llama.cpp, prefill %s', (prefill) => {
  it('agree on at least 5,490 of 5,500 tokens, and differ by at most 0.1', async () => {
    await using engine = await createEngine(tiny8, { prefill });
    let tokens = 0;
    let equal = 0;
    let widest = 0;
    for (const { prompt_ids, greedy_ids } of some(samples, 54)) {
      const ids = [...greedy_ids, endOfText];
      let place = 0;
      for await (const logits of teacherForced(engine, prompt_ids, ids)) {
        const expected = ids[place++] as number;
        const best = argmax(logits);
        tokens++;
        if (best === expected) equal++;
        else widest = Math.max(widest, (logits[best] as number) - (logits[expected] as number));
      }
      expect(place).toBe(ids.length);
    }
    if (inFull) expect(tokens).toBe(5500);
    expect(equal).toBeGreaterThanOrEqual(tokens - 10);
    expect(widest).toBeLessThanOrEqual(0.1);
    expect(engine.openSequences).toBe(0);
  });
});
