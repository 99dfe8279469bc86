/**
 * What a pass of few rows costs on this machine: it decides which policies can pay. Verifying drafts, batches and
 * branches all bet that k rows cost less than k passes of one.
 */
import { type Context, createMeter, type Engine } from '../core/index.ts';

/** One row, a batch or a verification of a few, and the most rows whose bits are checked. */
export const pricedRows = [1, 2, 4, 5, 8, 16] as const;

/** Passes of one kind that are timed, and the milliseconds after which no other is: large models take no longer to open. */
const mostPasses = 3;
const enoughMs = 60;

/**
 * Milliseconds of passes after `filled` tokens, logits of all rows included: the least of a few, since whatever else
 * runs only adds.
 */
export async function measurePrices(engine: Engine, clock: () => number, filled = 64): Promise<Record<number, number>> {
  const context: Context = { signal: new AbortController().signal, meter: createMeter() };
  const { vocabulary, contextLength } = engine.model;
  const behind = Math.max(1, Math.min(filled, contextLength - Math.max(...pricedRows)));
  using sequence = engine.open(behind + Math.max(...pricedRows), context);
  const rowsFrom = (from: number, rows: number) => ({
    tokens: Array.from({ length: rows }, (_, row) => ((from + row) * 7919 + 13) % vocabulary),
    positions: Array.from({ length: rows }, (_, row) => from + row),
  });
  await engine.forward([{ sequence, ...rowsFrom(0, behind), prefill: true }], () => undefined);
  const prices: Record<number, number> = {};
  for (const rows of pricedRows) {
    let [least, spent] = [Number.POSITIVE_INFINITY, 0];
    // The first pass builds the graph.
    for (let pass = 0; pass <= mostPasses && spent < enoughMs; pass++) {
      const started = clock();
      await engine.forward([{ sequence, ...rowsFrom(behind, rows), logits: rows }], () => undefined);
      const taken = clock() - started;
      sequence.truncate(behind);
      if (pass === 0) continue;
      least = Math.min(least, taken);
      spent += taken;
    }
    prices[rows] = least;
  }
  return prices;
}
