import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tiny8 } from '../../test/agreement/bench.ts';
import { noTokenizer, randomModel } from '../../test/agreement/random-model.ts';
import type { Output } from '../core/index.ts';
import { checkRowInvariance, createEngine, type LocalEngine } from './index.ts';

let engine: LocalEngine;
beforeAll(async () => {
  engine = await createEngine(tiny8);
});
afterAll(() => engine[Symbol.asyncDispose]());

describe('checkRowInvariance', () => {
  it('finds tiny8 equal bit by bit, in all layers and in those of each kind', async () => {
    const checked = [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16];
    const expected = { label: 'bits', checked, differing: [], largest: 0 };
    expect(await checkRowInvariance(engine)).toEqual(expected);
    expect(engine.rowInvariance).toEqual(expected);
  });

  // A single row is then a vector in attention, and vectors take other kernels. F32 hides no bit behind it.
  it('finds rows equal where every query head has its own KV head', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ttcbench-rows-'));
    const path = join(folder, 'model.gguf');
    writeFileSync(path, randomModel({ architecture: 'llama', type: 'F32', heads: 4, kvHeads: 4, layers: 1 }));
    await using own = await createEngine(path, { tokenizer: noTokenizer });
    rmSync(folder, { recursive: true });
    expect(own.rowInvariance).toMatchObject({ label: 'bits', differing: [] });
  });

  it.each(['logits', 'states'] as const)('sees one value that differs in its last bits in %s', async (output) => {
    const faulty = {
      ...engine,
      forward: ((passes, read) =>
        engine.forward(passes, (outputs) => {
          const touched = outputs.map((one): Output => {
            const values = one[output].slice();
            if (passes[0]?.positions.length === 5 && values.length > 0) {
              values[values.length - 7] = (values[values.length - 7] as number) * (1 + 2 ** -20);
            }
            return { ...one, [output]: values };
          });
          return read(touched);
        })) as LocalEngine['forward'],
    };
    const found = await checkRowInvariance(faulty);
    expect(found).toMatchObject({ label: 'numeric', differing: [5] });
    // Whether the last bits of a hidden value reach a logit depends on how this CPU's library rounds them for the head.
    if (output === 'logits') expect(found.largest).toBeGreaterThan(0);
  });

  /** The engine, but logits of passes of two rows are spoilt. */
  const spoilt = (spoil: (logits: Float32Array) => void): LocalEngine => ({
    ...engine,
    forward: ((passes, read) =>
      engine.forward(passes, (outputs) =>
        read(
          outputs.map((one) => {
            const logits = one.logits.slice();
            if (passes[0]?.positions.length === 2 && logits.length > 0) spoil(logits);
            return { ...one, logits };
          }),
        ),
      )) as LocalEngine['forward'],
  });

  it.each([
    ['rows that are not numbers', (logits: Float32Array) => void logits.fill(Number.NaN)],
    ['one value amid a row that is not a number', (logits: Float32Array) => void logits.fill(Number.NaN, 7, 8)],
  ])('sees %s', async (_, spoil) => {
    expect(await checkRowInvariance(spoilt(spoil), { rows: [2, 3] })).toEqual({
      label: 'numeric',
      checked: [2, 3],
      differing: [2],
      largest: Number.NaN,
    });
  });
});
