/** Who pays for what: building graphs, memory that is opened, memory that is filled. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BenchEngine, openTiny8 } from '../../test/contract/bench-engine.ts';
import { createMeter, type Pass, type Sequence } from '../core/index.ts';

let engine: BenchEngine;
beforeAll(async () => {
  engine = await openTiny8();
});
afterAll(() => engine[Symbol.asyncDispose]());

const { signal } = new AbortController();
const graphsBuilt = () => (engine.facts().graphs as { built: number }).built;
const row = (sequence: Sequence, position: number): Pass => ({
  sequence,
  tokens: [5],
  positions: [position],
  logits: 1,
});

function openCall(capacity: number) {
  const meter = createMeter();
  return { meter, sums: meter.counters.sums, sequence: engine.open(capacity, { signal, meter }) };
}

describe('building a graph', () => {
  it('is charged apart, and to none who finds it built', async () => {
    const first = openCall(40);
    await engine.forward([row(first.sequence, 0)], () => undefined);
    first.sequence[Symbol.dispose]();
    const second = openCall(40);
    await engine.forward([row(second.sequence, 0)], () => undefined);
    second.sequence[Symbol.dispose]();
    expect(first.sums.graph_ms).toBeGreaterThan(0);
    expect(first.sums).toHaveProperty('graph_cpu_ms');
    expect(second.sums).not.toHaveProperty('graph_ms');
    expect((first.sums.engine_ms as number) + (first.sums.graph_ms as number)).toBeLessThanOrEqual(
      first.sums.forward_ms as number,
    );
  });

  it('is not needed again because a call of another buffer needed a larger one', async () => {
    const long = openCall(600);
    const short = openCall(40);
    await engine.forward([row(short.sequence, 0)], () => undefined);
    await engine.forward([row(long.sequence, 0)], () => undefined);
    long.sequence[Symbol.dispose]();
    const longer = openCall(1500);
    await engine.forward([row(longer.sequence, 0)], () => undefined);
    const before = graphsBuilt();
    await engine.forward([row(short.sequence, 1)], () => undefined);
    expect(graphsBuilt()).toBe(before);
    short.sequence[Symbol.dispose]();
    longer.sequence[Symbol.dispose]();
  });

  it('prompts that grow from call to call build their decode graph a few times only', async () => {
    const before = (engine.facts().kvBuffers as { created: number }).created;
    for (let capacity = 2000; capacity < 8000; capacity += 300) {
      const { sequence } = openCall(capacity);
      await engine.forward([row(sequence, 0)], () => undefined);
      sequence[Symbol.dispose]();
    }
    expect((engine.facts().kvBuffers as { created: number }).created - before).toBeLessThanOrEqual(3);
  });
});

describe('bytes of K and V', () => {
  it('held count after what the step evicted, at their peak before it, opened whatever is in them', async () => {
    const { layers, kvHeads, headSize } = engine.model;
    const perSlot = layers * 2 * kvHeads * headSize * 2;
    const { sums, sequence } = openCall(50);
    await engine.forward([{ ...row(sequence, 0), tokens: [5, 6, 7, 8], positions: [0, 1, 2, 3] }], () => {
      for (let layer = 0; layer < layers; layer++) sequence.keep(layer, [[0, 3]]);
    });
    sequence[Symbol.dispose]();
    expect(sums).toMatchObject({
      kv_bytes_sum: 2 * perSlot,
      kv_steps: 1,
      kv_bytes_peak: 4 * perSlot,
      kv_opened_bytes_peak: 50 * perSlot,
    });
  });
});
