/** Graphs with as many nodes and leaves, but in another order, share the working memory one after the other. */
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { createMeter, type Engine } from '../core/index.ts';
import { createEngine } from './index.ts';

const tiny8 = fileURLToPath(new URL('../../assets/tiny8/tiny8-Q8_0.gguf', import.meta.url));
const context = () => ({ signal: new AbortController().signal, meter: createMeter() });
const ids = [3, 203, 945, 307, 30, 203, 17, 736, 439, 269, 760, 424];

/** Next logits with the last slots of layers [border, 8) gone. */
async function after(engine: Engine, border: number): Promise<number[]> {
  using sequence = engine.open(64, context());
  const positions = ids.map((_, at) => at);
  await engine.forward([{ sequence, tokens: ids, positions, prefill: true }], () => undefined);
  sequence.truncate(7, [border, engine.model.layers]);
  const pass = { sequence, tokens: [225], positions: [ids.length], logits: 1 };
  return await engine.forward([pass], ([output]) => [...output!.logits.subarray(0, 64)]);
}

it('layers whose fills differ from another layer on are planned anew', async () => {
  const borders = [2, 4, 6];
  const alone = [];
  for (const border of borders) {
    await using fresh = await createEngine(tiny8, { threads: 1 });
    alone.push(await after(fresh, border));
  }
  await using engine = await createEngine(tiny8, { threads: 1 });
  const together = [];
  for (const border of borders) together.push(await after(engine, border));
  expect(together).toEqual(alone);
});
