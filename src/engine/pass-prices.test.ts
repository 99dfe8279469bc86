import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tiny8 } from '../../test/agreement/bench.ts';
import { createEngine, type LocalEngine } from './index.ts';
import { measurePrices, pricedRows } from './pass-prices.ts';

let engine: LocalEngine;
beforeAll(async () => {
  engine = await createEngine(tiny8);
});
afterAll(() => engine[Symbol.asyncDispose]());

describe('measurePrices', () => {
  it('is the least of the passes with so many rows, not what building a graph took', async () => {
    let now = 0;
    const seen = new Map<number, number>();
    const timed = {
      ...engine,
      forward: (async (passes, read) => {
        const rows = passes[0]?.positions.length as number;
        const nth = (seen.get(rows) ?? 0) + 1;
        seen.set(rows, nth);
        // The first pass builds the graph, and another program takes the core in the second.
        now += nth === 1 ? 0.5 * rows : nth === 2 ? 50 * rows : 2 * rows;
        return engine.forward(passes, read);
      }) as LocalEngine['forward'],
    };
    const prices = await measurePrices(timed, () => now, 3);
    expect(Object.keys(prices).map(Number)).toEqual([...pricedRows]);
    expect(prices[1]).toBe(2);
  });

  it('is no work of any call', async () => {
    await using fresh = await createEngine(tiny8, { priced: true });
    expect(Object.keys(fresh.passPrices ?? {}).map(Number)).toEqual([...pricedRows]);
    expect(fresh.openSequences).toBe(0);
    expect(fresh.totals.sums).toEqual({});
  });
});
