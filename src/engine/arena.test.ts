/** Graphs share the working memory one after the other, and outlive one that finds no room. */
import { fileURLToPath } from 'node:url';
import { expect, it, vi } from 'vitest';
import { createMeter, type Engine } from '../core/index.ts';
import { type Ggml, loadGgml, type Pointer, tensorType } from './ffi.ts';
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

/** Asks for a graph of 1 PiB instead: no system has room for it, and the memory there was is gone. */
function reserveTooMuch(ggml: Ggml, allocator: Pointer): boolean {
  const context = ggml.init({ mem_size: 2 ** 16, mem_buffer: null, no_alloc: true });
  const graph = ggml.new_graph_custom(context, 8, false);
  const huge = ggml.new_tensor_1d(context, tensorType.F32, 2 ** 48);
  ggml.build_forward_expand(graph, ggml.add(context, huge, huge));
  const placed = ggml.gallocr_reserve(allocator, graph);
  ggml.free(context);
  return placed;
}

it('a pass of a known shape is right after one that found no memory', async () => {
  const ggml = loadGgml();
  await using engine = await createEngine(tiny8, { threads: 1 });
  const before = await after(engine, 4);
  const sequence = engine.open(64, context());
  const pass = { sequence, tokens: ids, positions: ids.map((_, at) => at), logits: 3 };
  const reserve = vi.spyOn(ggml, 'gallocr_reserve');
  reserve.mockImplementationOnce((allocator) => reserveTooMuch(ggml, allocator));
  await expect(engine.forward([pass], () => undefined)).rejects.toMatchObject({ code: 'E_MEMORY' });
  reserve.mockRestore();
  expect(sequence.length(0)).toBe(0);
  // Its KV buffer, and with it the graphs that are known, go to the next sequence.
  sequence[Symbol.dispose]();
  expect(await after(engine, 4)).toEqual(before);
});
