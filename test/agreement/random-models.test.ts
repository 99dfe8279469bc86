/**
 * Every supported architecture in every supported type against llama.cpp as it is used: a prompt, then token by token.
 * Its own bits depend on rows per pass; `random-models-bits.test.ts` gives both sides the same rows.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkRowInvariance, createEngine } from '../../src/engine/index.ts';
import type { Layout } from '../../src/engine/matrix.ts';
import type { KernelLayout } from '../../src/engine/weight-store.ts';
import { argmax, decode, distance, fill, freshContext } from './bench.ts';
import { startLlama } from './llama.ts';
import { noTokenizer, randomModel } from './random-model.ts';
import { randomModels, someIds, steps } from './random-models.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ttcbench-random-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const prompts = { exact: someIds(40, 0), flash: someIds(150, 0) };
type Prefill = keyof typeof prompts;

interface Way {
  prefill: Prefill;
  chunk: number;
  /** None: matrices stay as in the file, which is how llama.cpp multiplies Q4_1. */
  layouts?: readonly KernelLayout[];
}
/** Chunks of 16 and of 64 take different kernels, and 150 tokens end with a short chunk of each. */
const ways: readonly Way[] = [
  { prefill: 'exact', chunk: 256 },
  { prefill: 'flash', chunk: 16 },
  { prefill: 'flash', chunk: 64 },
];

type Rows = readonly Float32Array[];

/** Logits after either prompt, taken in one piece, and after every step. */
async function askLlama(path: string, flash: 'on' | 'off'): Promise<Record<Prefill, Rows>> {
  using llama = await startLlama(path, ['--flash', flash]);
  const ask = async (prompt: readonly number[]) =>
    (await llama.ask({ batches: [prompt, ...steps.map((id) => [id])], logits: true })).logits;
  return { exact: await ask(prompts.exact), flash: await ask(prompts.flash) };
}

async function askEngine(path: string, way: Way) {
  await using engine = await createEngine(path, { ...way, tokenizer: noTokenizer });
  using sequence = engine.open(256, freshContext());
  const prompt = prompts[way.prefill];
  const logits = [(await fill(engine, sequence, prompt)).logits];
  for (const [step, id] of steps.entries()) {
    logits.push((await decode(engine, sequence, id, prompt.length + step)).logits);
  }
  const { split } = engine.facts().weights as Record<Layout, number>;
  return { logits, isSplit: split > 0, rows: (await checkRowInvariance(engine)).label };
}

const difference = (found: Rows, expected: Rows) =>
  Math.max(...found.map((logits, at) => distance(logits, expected[at] as Float32Array)));

/** Root of the mean square difference. */
function error(found: Rows, truth: Rows): number {
  let squares = 0;
  for (const [at, logits] of found.entries())
    for (let id = 0; id < logits.length; id++) squares += ((logits[id] as number) - (truth[at]?.[id] as number)) ** 2;
  return Math.sqrt(squares / (found.length * (found[0]?.length ?? 0)));
}

/** How much less probable than the best, by its logits, each row's token is. */
const behind = (tokens: readonly number[], expected: Rows) =>
  expected.map((logits, at) => (logits[argmax(logits)] as number) - (logits[tokens[at] as number] as number));

describe('random weights', () => {
  const total = { rows: 0, equal: 0 };

  it.each(randomModels)('%s', async (name, model) => {
    const path = join(folder, 'model.gguf');
    writeFileSync(path, randomModel(model));
    const [off, on] = [await askLlama(path, 'off'), await askLlama(path, 'on')];
    let truth: Record<Prefill, Rows> | undefined;
    for (const way of ways) {
      const { prefill, chunk } = way;
      const expected = (prefill === 'flash' ? on : off)[prefill];
      // What one other rounding does to these weights: what llama.cpp's two kinds of attention differ by.
      const noise = difference(on[prefill], off[prefill]);
      const own = await askEngine(path, way);
      const logits = own.isSplit ? (await askEngine(path, { ...way, layouts: [] })).logits : own.logits;
      const missed = behind(logits.map(argmax), expected);
      const equal = missed.filter((gap) => gap === 0).length;
      const worst = difference(logits, expected);
      const spread = Math.max(...(expected[0] as Float32Array)) - Math.min(...(expected[0] as Float32Array));
      const parts = (value: number) => `${((100 * value) / spread).toFixed(2)} %`;
      console.log(
        `${name}, ${prefill} in chunks of ${chunk}: ${equal} of ${logits.length} equal, largest difference ` +
          `${parts(worst)} of ${spread.toFixed(1)}, llama.cpp's own ${parts(noise)}, rows ${own.rows}`,
      );
      total.rows += logits.length;
      total.equal += equal;
      expect.soft(worst, `${prefill} ${chunk}: difference`).toBeLessThan(1.5 * noise);
      expect.soft(Math.max(...missed), `${prefill} ${chunk}: another token`).toBeLessThan(noise);
      if (!own.isSplit) continue;
      // A split matrix rounds its inputs otherwise than llama.cpp does, and as well: it is as near to the same weights
      // as F32.
      if (!truth) {
        writeFileSync(path, randomModel({ ...model, widened: true }));
        truth = await askLlama(path, 'off');
        writeFileSync(path, randomModel(model));
      }
      const errors = [error(own.logits, truth[prefill]), error(expected, truth[prefill])] as const;
      console.log(
        `${name}, split: ${errors[0].toFixed(3)} from the same weights as F32, llama.cpp ${errors[1].toFixed(3)}`,
      );
      expect.soft(errors[0]).toBeLessThan(1.1 * errors[1]);
    }
  });

  it('nearly always have the same most probable token', () => {
    console.log(`${total.equal} of ${total.rows} most probable tokens equal`);
    expect(total.equal / total.rows).toBeGreaterThan(0.98);
  });
});
