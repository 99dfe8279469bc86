import { afterAll, describe, expect, it, vi } from 'vitest';
import { createCompute } from './compute.ts';
import { loadGgml } from './ffi.ts';
import { createKvPool } from './kv-buffer.ts';
import type { Shape } from './shape.ts';

const shape = { layers: 2, kvHeads: 2, headSize: 32 } as Shape;
const ggml = loadGgml();
const compute = createCompute(ggml);
afterAll(() => compute[Symbol.dispose]());

describe('createKvPool', () => {
  it('asks for huge pages before anything touches the memory, all of it, and gives zeros', () => {
    const advice = vi.spyOn(ggml, 'preferHugePages');
    const clear = vi.spyOn(ggml, 'backend_buffer_clear');
    using pool = createKvPool(ggml, shape, ggml.backend_get_default_buffer_type(compute.backend), () => undefined);
    const buffer = pool.take(300);
    const memory = [...buffer.keyMemory, ...buffer.valueMemory];
    const bytes = memory.reduce((sum, { byteLength }) => sum + byteLength, 0);
    expect(advice).toHaveBeenCalledOnce();
    expect(advice.mock.calls[0]?.[1]).toBeGreaterThanOrEqual(bytes);
    expect(advice.mock.invocationCallOrder[0]).toBeLessThan(clear.mock.invocationCallOrder[0] as number);
    for (const values of memory) expect(values.every((value) => value === 0)).toBe(true);
    pool.giveBack(buffer, 0);
  });
});
