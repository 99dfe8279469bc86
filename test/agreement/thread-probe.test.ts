/** `threads: auto` with real pools. On two busy cores a pool of two collapses: 0.1 to 2 s, once 17 s, so not in `npm test`. */
import { availableParallelism } from 'node:os';
import { expect, it } from 'vitest';
import { createEngine } from '../../src/engine/index.ts';
import { decode, freshContext, tiny8 } from './bench.ts';

// Never probe a larger model here.
it('an engine with `threads: auto` opens with threads that this machine has, and computes what one thread does', async () => {
  await using engine = await createEngine(tiny8);
  await using own = await createEngine(tiny8, { threads: 'auto' });
  const { threads } = own.facts() as { threads: number };
  expect([1, 2, 4, 8, 16]).toContain(threads);
  expect(threads).toBeLessThanOrEqual(availableParallelism());
  expect(own.identity).toContain(`threads=${threads}`);
  expect(own.openSequences).toBe(0);
  expect(own.totals.sums).toEqual({});
  using here = own.open(8, freshContext());
  using there = engine.open(8, freshContext());
  expect((await decode(own, here, 5, 0)).logits).toEqual((await decode(engine, there, 5, 0)).logits);
});
