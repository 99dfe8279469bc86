/** Products of few rows: every way gives each row the bits it has alone, in every type and order of weights. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decode, fill, freshContext, range, runOne, sameBits } from '../../test/agreement/bench.ts';
import { noTokenizer, randomModel } from '../../test/agreement/random-model.ts';
import { createEngine, type EngineOptions, type LocalEngine } from './index.ts';
import { equalTiles, tilesOf, type Way } from './row-ways.ts';
import { tensorTypes } from './tensor-types.ts';

const sizes = { outputs: fc.integer({ min: 1, max: 200_000 }), rowBytes: fc.integer({ min: 2, max: 40_000 }) };

describe('tiles', () => {
  it('hold every output once, in whole groups that kernels keep together', () => {
    fc.assert(
      fc.property(fc.record(sizes), (matrix) => {
        let next = 0;
        for (const { from, size } of tilesOf(matrix)) {
          if (from !== next || from % 64 !== 0 || size <= 0) return false;
          next = from + size;
        }
        return next === matrix.outputs;
      }),
    );
  });

  it('are equal where each row takes all of them', () => {
    const layout = fc.constantFrom('REPACK' as const, 'plain' as const);
    fc.assert(fc.property(fc.record({ ...sizes, layout }), (matrix) => matrix.outputs % equalTiles(matrix) === 0));
  });
});

const types = [...tensorTypes.values()].map(({ name }) => name);
const prompt = range(0, 20).map((at) => (at * 197 + 31) % 512);
const following = range(0, 18).map((at) => (at * 91 + 7) % 512);
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ttcbench-ways-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function writeModel(type: string): string {
  const path = join(folder, `${type}.gguf`);
  // Gate and up together are several tiles in every type; the head's outputs are no multiple of a group. Layers share
  // the memory where products of tiles meet.
  const feedForward = /^B?F/.test(type) ? 768 : 2560;
  const shape = { width: 256, feedForward, vocabulary: 520, layers: 2 };
  const [first, mixed = first] = type.split('+') as [string, string?];
  writeFileSync(path, randomModel({ architecture: 'llama', type: first, mixed, ...shape }));
  return path;
}

/** Logits of all rows of one pass after the prompt. */
async function together(engine: LocalEngine, rows: number): Promise<Float32Array> {
  using sequence = engine.open(64, freshContext());
  await fill(engine, sequence, prompt);
  const positions = range(prompt.length, prompt.length + rows);
  return (await runOne(engine, { sequence, tokens: following.slice(0, rows), positions, logits: rows })).logits;
}

async function alone(engine: LocalEngine): Promise<Float32Array[]> {
  using sequence = engine.open(64, freshContext());
  await fill(engine, sequence, prompt);
  const rows: Float32Array[] = [];
  for (const [at, id] of following.entries())
    rows.push((await decode(engine, sequence, id, prompt.length + at)).logits);
  return rows;
}

/** Orders of weights, and the ways that they offer; in AMX no operation takes rows one by one. */
const orders: readonly [string, EngineOptions['layouts'], readonly Way[]][] = [
  ['the best order', undefined, ['single']],
  ['REPACK where there is one', ['REPACK'], ['first', 'each']],
  ['the order of the file', [], ['first', 'each']],
];

describe('rows of a pass', () => {
  it.each([...types, 'Q4_K+Q6_K'])('have the bits of single rows, whatever the way: %s', async (type) => {
    const path = writeModel(type);
    for (const [order, layouts, ways] of orders) {
      let expected: Float32Array[] | undefined;
      for (const way of ways) {
        const options = { tokenizer: noTokenizer, ways: [way], ...(layouts && { layouts }) };
        await using engine = await createEngine(path, options);
        expect(engine.rowInvariance, `${order}, ${way}`).toMatchObject({ label: 'bits', differing: [] });
        expected ??= await alone(engine);
        const { vocabulary } = engine.model;
        // The second is more rows than are tried when an engine opens: nothing may fall back to other bits unseen.
        for (const rows of [5, 18]) {
          const found = await together(engine, rows);
          for (let row = 0; row < rows; row++) {
            const own = found.subarray(row * vocabulary, (row + 1) * vocabulary);
            expect(sameBits(own, expected[row] as Float32Array), `${order}, ${way}: row ${row} of ${rows}`).toBe(true);
          }
        }
      }
    }
  });
});
