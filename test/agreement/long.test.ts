/** Long contexts and long answers: memory as docs/engine.md says, an abort in a long prompt, a flat process. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { prefill } from '../../src/decode/index.ts';
import { createEngine } from '../../src/engine/index.ts';
import { decode, freshContext, tiny8 } from './bench.ts';
import { modelFile } from './model-file.ts';

const mebibyte = 2 ** 20;
const ids = (count: number) => Array.from({ length: count }, (_, at) => (at * 7919) % 1000);

/** Resident memory of this process in MiB; undefined where the system does not say. */
function resident(): number | undefined {
  const path = '/proc/self/status';
  if (!existsSync(path)) return undefined;
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(path, 'utf8'))?.[1]) / 1024;
}

describe('2,000 decode steps', () => {
  it('leave memory where it was after 200', async () => {
    await using engine = await createEngine(tiny8);
    using sequence = engine.open(2048, freshContext());
    let after200 = 0;
    for (let step = 0; step < 2000; step++) {
      await decode(engine, sequence, step % 1000, step % engine.model.contextLength);
      if (step === 200) after200 = resident() ?? 0;
    }
    const grown = (resident() ?? 0) - after200;
    console.log(`2,000 decode steps: ${grown.toFixed(1)} MiB more than after 200`);
    expect(grown).toBeLessThanOrEqual(16);
  });
});

describe.skipIf(!modelFile)('smollm2-135m', () => {
  it('holds 4,096 tokens in the memory that the docs give, and refuses one more', async () => {
    await using engine = await createEngine(modelFile as string);
    const { layers, kvHeads, headSize } = engine.model;
    const before = resident();
    using sequence = engine.open(4096, freshContext());
    await prefill(engine, sequence, ids(4096), {}, () => undefined);
    const formula = 4 * layers * kvHeads * headSize * 4096;
    expect(formula).toBe(90 * mebibyte);
    expect(sequence.bytesHeld()).toBe(formula);
    const working = engine.facts().workingBytes as number;
    const page = readFileSync(new URL('../../docs/engine.md', import.meta.url), 'utf8');
    expect(page).toContain(`${(working / mebibyte).toFixed(1)} MiB at 4,096 tokens;`);
    const grown = (resident() ?? 0) - (before ?? 0);
    console.log(`4,096 tokens: ${grown.toFixed(1)} MiB more, working memory ${(working / mebibyte).toFixed(1)} MiB`);
    expect(grown).toBeLessThanOrEqual((formula + working) / mebibyte + 16);
    await expect(decode(engine, sequence, 5, 4096)).rejects.toMatchObject({ code: 'E_CONTEXT' });
  });

  it('ends a prompt of 2,000 tokens with the chunk in which it is aborted', async () => {
    await using engine = await createEngine(modelFile as string);
    const controller = new AbortController();
    const context = { ...freshContext(), signal: controller.signal };
    using sequence = engine.open(2000, context);
    const run = prefill(
      engine,
      sequence,
      ids(2000),
      { each: (_, { start }) => void (start === 256 && controller.abort()) },
      () => 0,
    );
    await expect(run).rejects.toMatchObject({ code: 'E_ABORTED' });
    expect(context.meter.counters.sums.prefill_rows).toBe(512);
  });
});
