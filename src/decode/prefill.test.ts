import { describe, expect, it } from 'vitest';
import type { Engine, Output, Pass, Sequence } from '../core/index.ts';
import { prefill } from './prefill.ts';

/** Row r at slot r puts this mass on slot s, for a KV head of a layer. */
const mass = (layer: number, head: number, row: number, slot: number) =>
  slot > row ? 0 : 1 + layer * 1000 + head * 100 + row * 10 + slot;

/** An engine that only keeps books: it records passes and answers attention by `mass`. */
function bookkeeper(settings: { chunk?: number; contextLength?: number } = {}) {
  const passes: Pass[] = [];
  const lengths = [0, 0, 0];
  const sequence = { capacity: 30, length: (layer = 0) => lengths[layer] } as unknown as Sequence;
  const attention = (pass: Pass): Float32Array[] =>
    (pass.attention?.layers ?? []).map((layer) => {
      const slots = lengths[layer] as number;
      const queries = pass.attention?.queries ?? 0;
      return Float32Array.from({ length: 2 * slots }, (_, cell) => {
        const [head, slot] = [Math.floor(cell / slots), cell % slots];
        return Array.from({ length: queries }, (_, i) => mass(layer, head, slots - 1 - i, slot)).reduce(
          (a, b) => a + b,
          0,
        );
      });
    });
  const engine = {
    model: { kvHeads: 2, width: 2, contextLength: settings.contextLength ?? 100 },
    chunk: settings.chunk ?? 4,
    async forward<T>([pass]: readonly [Pass], read: (outputs: readonly Output[]) => T): Promise<T> {
      passes.push(pass);
      const [from, to] = pass.layers ?? [0, 3];
      for (let layer = from; layer < to; layer++) lengths[layer] = (lengths[layer] as number) + pass.positions.length;
      const logits = Float32Array.from({ length: pass.logits ?? 0 }, () => 1);
      const none = new Float32Array();
      return read([{ logits, candidates: none, states: none, attention: attention(pass) }]);
    },
  } as unknown as Engine;
  return { engine, sequence, passes, lengths };
}
const range = (length: number, from = 0) => Array.from({ length }, (_, index) => from + index);

describe('prefill', () => {
  it('cuts the prompt on the grid and asks logits of the last row only', async () => {
    const { engine, sequence, passes } = bookkeeper();
    const value = await prefill(engine, sequence, range(10, 100), {}, (output) => output.logits.length);
    expect(value).toBe(1);
    expect(passes.map((pass) => [...(pass.tokens as Int32Array)])).toEqual([
      range(4, 100),
      range(4, 104),
      range(2, 108),
    ]);
    expect(passes.map((pass) => [...(pass.positions as Int32Array)])).toEqual([range(4), range(4, 4), range(2, 8)]);
    expect(passes.map((pass) => [pass.logits, pass.prefill])).toEqual([
      [0, true],
      [0, true],
      [1, true],
    ]);
  });

  it('goes on at the grid where slots are filled already', async () => {
    const { engine, sequence, passes } = bookkeeper();
    await prefill(engine, sequence, range(3), {}, () => 0);
    await prefill(engine, sequence, range(6), {}, () => 0);
    expect(passes.map((pass) => [...(pass.positions as Int32Array)])).toEqual([range(3), [3], range(4, 4), [8]]);
  });

  it('sums the attention window over chunk borders', async () => {
    const { engine, sequence, passes } = bookkeeper();
    const sums = await prefill(
      engine,
      sequence,
      range(10),
      { attention: { layers: [2, 0], queries: 5 } },
      ({ attention }) => attention.map((values) => [...values]),
    );
    expect(passes.map((pass) => pass.attention?.queries)).toEqual([undefined, 3, 2]);
    const expected = [2, 0].map((layer) =>
      [0, 1].flatMap((head) =>
        range(10).map((slot) => range(5, 5).reduce((sum, row) => sum + mass(layer, head, row, slot), 0)),
      ),
    );
    expect(sums).toEqual(expected);
  });

  it('runs hidden rows through a range of layers, at their own positions', async () => {
    const { engine, sequence, passes, lengths } = bookkeeper();
    const seen: number[][] = [];
    await prefill(
      engine,
      sequence,
      { hidden: Float32Array.from(range(10)), positions: [0, 3, 4, 8, 9] },
      { layers: [1, 3], each: (_, { start, rows }) => seen.push([start, rows]) },
      () => 0,
    );
    expect(lengths).toEqual([0, 5, 5]);
    expect(passes.map((pass) => [...(pass.hidden as Float32Array)])).toEqual([range(8), range(2, 8)]);
    expect(passes.map((pass) => [...(pass.positions as Int32Array)])).toEqual([[0, 3, 4, 8], [9]]);
    expect(seen).toEqual([
      [0, 4],
      [4, 1],
    ]);
  });

  it('refuses before the first pass what does not fit, or is empty', async () => {
    const { engine, sequence, passes } = bookkeeper({ contextLength: 20 });
    const attempt = (length: number, maxTokens: number, positions?: number[]) =>
      prefill(engine, sequence, range(length), { maxTokens, ...(positions && { positions }) }, () => 0);
    await expect(attempt(25, 6)).rejects.toMatchObject({ code: 'E_CONTEXT' });
    await expect(attempt(15, 6)).rejects.toMatchObject({ code: 'E_CONTEXT' });
    await expect(attempt(2, 1, [5, 19])).rejects.toMatchObject({ code: 'E_CONTEXT' });
    await expect(attempt(0, 1)).rejects.toMatchObject({ code: 'E_ARGUMENT' });
    await expect(attempt(2, 1, [5])).rejects.toMatchObject({ code: 'E_ARGUMENT' });
    expect(passes).toEqual([]);
    await attempt(15, 5);
    expect(passes).toHaveLength(4);
  });
});
