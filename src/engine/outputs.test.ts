/**
 * Outputs of a pass do not depend on what else is asked of it, nor on which graphs ran before in the same working
 * memory: ggml's allocator would keep the plan of an earlier graph for a later one of as many nodes.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fill, freshContext, range, runOne, sameBits, samples, tiny8 } from '../../test/agreement/bench.ts';
import { some } from '../../test/support/depth.ts';
import { createRandom, type Output, type Pass, shuffled } from '../core/index.ts';
import { createEngine, type LocalEngine } from './index.ts';

const prompt = (samples[0] as (typeof samples)[number]).prompt_ids;
const filled = 40;
const mostRows = 4;
const tap = { layers: [1, 6], queries: 1 };

/** A prompt, whose graph has as many nodes as that of a pass which asks for logits, then the pass. */
async function passOn(engine: LocalEngine, rows: number, wanted: Partial<Pass>): Promise<Output> {
  using sequence = engine.open(64, freshContext());
  await fill(engine, sequence, prompt.slice(0, filled), { logits: 4 });
  const positions = range(filled, filled + rows);
  const tokens = positions.map((at) => prompt[at] as number);
  return await runOne(engine, { sequence, tokens, positions, ...wanted });
}

const fresh = () => createEngine(tiny8, { prefill: 'exact' });

async function passAlone(rows: number, wanted: Partial<Pass>): Promise<Output> {
  await using engine = await fresh();
  return await passOn(engine, rows, wanted);
}

/** Each output of so many rows, asked for alone. */
async function outputsAlone(rows: number): Promise<Pick<Output, 'logits' | 'states' | 'attention'>> {
  const { logits } = await passAlone(rows, { logits: rows });
  const { states } = await passAlone(rows, { states: true });
  const { attention } = await passAlone(rows, { attention: tap });
  return { logits, states, attention };
}

type Wanted = { rows: number; logits: number; states: boolean; tapped: boolean };
const combinations: Wanted[] = range(1, mostRows + 1).flatMap((rows) =>
  range(0, rows + 1).flatMap((logits) =>
    [true, false].flatMap((states) => [true, false].map((tapped) => ({ rows, logits, states, tapped }))),
  ),
);

describe('outputs', () => {
  let engine: LocalEngine;
  const alone: Awaited<ReturnType<typeof outputsAlone>>[] = [];
  beforeAll(async () => {
    engine = await fresh();
    for (let rows = 1; rows <= mostRows; rows++) alone[rows] = await outputsAlone(rows);
  });
  afterAll(() => engine[Symbol.asyncDispose]());

  async function compare({ rows, logits, states, tapped }: Wanted, pass: typeof passAlone): Promise<void> {
    const found = await pass(rows, { logits, states, ...(tapped && { attention: tap }) });
    const expected = alone[rows] as (typeof alone)[number];
    const what = `${rows} rows, ${logits} logits, states ${states}, attention ${tapped}`;
    const last = expected.logits.subarray((rows - logits) * engine.model.vocabulary);
    expect(sameBits(found.logits, last), `logits of ${what}`).toBe(true);
    if (states) expect(sameBits(found.states, expected.states), `states of ${what}`).toBe(true);
    for (const [at, mass] of found.attention.entries()) {
      expect(sameBits(mass, expected.attention[at] as Float32Array), `attention of ${what}`).toBe(true);
    }
  }

  it('are the same in every combination right after a prompt', async () => {
    const many = combinations.filter(({ rows }) => rows > 2);
    for (const wanted of some(many, 9)) await compare(wanted, passAlone);
  });

  it('are the same in every combination and any order', async () => {
    const shared: typeof passAlone = (rows, wanted) => passOn(engine, rows, wanted);
    for (const wanted of shuffled([...combinations, ...combinations], createRandom(3))) await compare(wanted, shared);
  });
});
