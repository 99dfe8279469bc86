import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { decode, freshContext, tiny8 } from '../../test/agreement/bench.ts';
import { randomModel } from '../../test/agreement/random-model.ts';
import { loadGgml } from './ffi.ts';
import { createEngine } from './index.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

describe('an engine that cannot be opened', () => {
  const ggml = loadGgml();
  const pairs = [
    ['init', 'free'],
    ['backend_alloc_ctx_tensors_from_buft', 'backend_buffer_free'],
    ['gallocr_new', 'gallocr_free'],
    ['threadpool_new', 'threadpool_free'],
    ['backend_cpu_init', 'backend_free'],
  ] as const;

  it.each([
    ['the first pass of the row check', 1, 0],
    ['a later pass of the row check', 1, 7],
    ['a pass of the thread probe', 'auto' as const, 3],
  ])('gives back all that it took when %s fails', async (_, threads, passes) => {
    const calls = pairs.map((names) => names.map((name) => vi.spyOn(ggml, name)));
    const compute = vi.spyOn(ggml, 'backend_graph_compute');
    for (let pass = 0; pass < passes; pass++) compute.mockImplementationOnce(() => 0);
    compute.mockImplementation(() => 1);
    await expect(createEngine(tiny8, { threads })).rejects.toMatchObject({ code: 'E_NATIVE' });
    expect(compute).toHaveBeenCalledTimes(passes + 1);
    for (const [taken, given] of calls) {
      expect(taken?.mock.calls.length).toBeGreaterThan(0);
      expect(given?.mock.calls.length).toBe(taken?.mock.calls.length);
    }
  });
});

describe('kvSlots', () => {
  it('limits calls, not the checks at start', async () => {
    await using engine = await createEngine(tiny8, { kvSlots: 8 });
    expect(engine.rowInvariance?.checked).toContain(16);
    expect(engine.identity).toContain(' kv_slots=8');
    expect(() => engine.open(9, freshContext())).toThrow(expect.objectContaining({ code: 'E_CONTEXT' }));
    using sequence = engine.open(8, freshContext());
    for (let at = 0; at < 8; at++) expect((await decode(engine, sequence, 5 + at, at)).logits).toHaveLength(1312);
    await expect(decode(engine, sequence, 5, 8)).rejects.toMatchObject({ code: 'E_CONTEXT' });
  });
});

it('a model whose tokenizer knows more tokens than its embedding has rows is refused', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ttcbench-engine-'));
  try {
    const path = join(folder, 'model.gguf');
    writeFileSync(path, randomModel({ architecture: 'llama', type: 'Q8_0', vocabulary: 64, tokens: 65 }));
    await expect(createEngine(path)).rejects.toMatchObject({
      code: 'E_TOKENIZER',
      message: expect.stringMatching(/65 tokens, but the embedding has 64 rows/),
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
