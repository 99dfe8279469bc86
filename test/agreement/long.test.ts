/** Long contexts and long answers: memory as docs/engine.md says, an abort in a long prompt, a flat process. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openGgmlBackend } from '../../src/backends/ggml.ts';
import { createMeter } from '../../src/core/index.ts';
import { prefill } from '../../src/decode/index.ts';
import { createEngine } from '../../src/engine/index.ts';
import type { Shape } from '../../src/engine/shape.ts';
import { decode, freshContext, tiny8 } from './bench.ts';
import { modelFile } from './model-file.ts';
import { isSplit, promptBytes } from './working-memory.ts';

const mebibyte = 2 ** 20;
const ids = (count: number) => Array.from({ length: count }, (_, at) => (at * 7919) % 1000);

/** Resident memory of this process in MiB; undefined where the system does not say. */
function resident(): number | undefined {
  const path = '/proc/self/status';
  if (!existsSync(path)) return undefined;
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(path, 'utf8'))?.[1]) / 1024;
}

/** Resident memory outside V8's heap, in MiB: the heap takes room in steps of its own and gives it back late. */
const native = () => (resident() ?? 0) - process.memoryUsage().heapTotal / mebibyte;

describe('2,000 decode steps', () => {
  it('leave memory where 2,000 steps before them left it', async () => {
    await using engine = await createEngine(tiny8);
    const play = async () => {
      using sequence = engine.open(2048, freshContext());
      for (let step = 0; step < 2000; step++)
        await decode(engine, sequence, step % 1000, step % engine.model.contextLength);
    };
    // The first ones touch the slots, and build a graph for each length of the cache.
    await play();
    const before = native();
    await play();
    const grown = native() - before;
    console.log(`2,000 decode steps: ${grown.toFixed(1)} MiB more than after 2,000 before`);
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
    const predicted = promptBytes(engine.model as Shape, 4096, { split: isSplit(engine) });
    expect(Math.abs(working / predicted - 1)).toBeLessThan(0.03);
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

  it('ends it so for a call in the engine’s process, too, whose abort comes while a chunk is computed', async () => {
    const path = modelFile as string;
    await using backend = await openGgmlBackend({ model: 'smollm2', path, sha256: 'unchecked', threads: 1 });
    const ask = (content: string, maxTokens: number) => ({
      messages: [{ role: 'user' as const, content }],
      maxTokens,
      temperature: 0,
      seed: 1,
    });
    const long = { controller: new AbortController(), meter: createMeter(), ended: undefined as unknown };
    async function playLong() {
      const context = { signal: long.controller.signal, meter: long.meter };
      try {
        for await (const _ of backend.generate(ask('river boat '.repeat(1000), 4), context));
        long.ended = 'answered';
      } catch (error) {
        long.ended = error;
      }
    }
    // The engine takes turns: a short call's tokens tell the chunks of the long one.
    let playing: Promise<void> | undefined;
    let since = 0;
    let afterAbort = 0;
    for await (const part of backend.generate(ask('Count to one hundred.', 200), freshContext())) {
      if (part.type !== 'text') continue;
      playing ??= playLong();
      if (++since === 6) long.controller.abort();
      else if (since > 6) afterAbort++;
      if (long.ended) break;
    }
    await playing;
    expect(long.ended).toMatchObject({ code: 'E_ABORTED' });
    const { prefill_rows: rows = 0, completion_tokens: tokens = 0 } = long.meter.counters.sums;
    console.log(`aborted in the engine's process after ${rows} prompt tokens, known ${afterAbort} tokens later`);
    expect(rows % 256).toBe(0);
    expect(rows).toBeGreaterThanOrEqual(256);
    expect(rows).toBeLessThanOrEqual(6 * 256);
    expect(tokens).toBe(0);
    expect(afterAbort).toBeLessThanOrEqual(3);
  });
});
