/**
 * llama.cpp's own bits, on random weights of every architecture and type and on the default model. One row alone takes
 * other kernels in llama.cpp than two and more do (in attention, and for matrices of F32, F16 and BF16), so its logits
 * depend on how tokens are cut into passes, and ours on the exact path mostly do not. Cut alike, both compute the same.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEngine, type EngineOptions } from '../../src/engine/index.ts';
import type { Layout } from '../../src/engine/matrix.ts';
import { argmax, decode, distance, fill, freshContext } from './bench.ts';
import { startLlama } from './llama.ts';
import { modelFile } from './model-file.ts';
import { noTokenizer, type RandomModel, randomModel } from './random-model.ts';
import { randomModels, someIds, steps } from './random-models.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ttcbench-bits-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const prompt = someIds(40, 0);
const everything = [...prompt, ...steps];
/** Compared are the logits after the prompt and after every step. */
const compared = 1 + steps.length;
type Rows = readonly Float32Array[];

/** `whole`: one pass of all tokens. `alone`: a pass for each. `used`: a prompt, then token by token. */
type Cut = 'whole' | 'alone' | 'used';
const cuts: Record<Cut, readonly (readonly number[])[]> = {
  whole: [everything],
  alone: everything.map((id) => [id]),
  used: [prompt, ...steps.map((id) => [id])],
};

async function askLlama(path: string, cut: Cut): Promise<Rows> {
  using llama = await startLlama(path, ['--flash', 'off']);
  const { logits } = await llama.ask({ batches: cuts[cut], rows: compared, logits: true });
  return logits.slice(-compared);
}

async function askEngine(path: string, cut: Cut, options: EngineOptions) {
  const chunk = cut === 'alone' ? 1 : 256;
  await using engine = await createEngine(path, { ...options, prefill: 'exact', chunk, tokenizer: noTokenizer });
  using sequence = engine.open(256, freshContext());
  const logits: Float32Array[] = [];
  if (cut === 'whole') {
    const { vocabulary } = engine.model;
    const all = (await fill(engine, sequence, everything, { logits: compared })).logits;
    for (let at = 0; at < all.length; at += vocabulary) logits.push(all.subarray(at, at + vocabulary));
  } else {
    logits.push((await fill(engine, sequence, prompt)).logits);
    for (const [step, id] of steps.entries()) {
      logits.push((await decode(engine, sequence, id, prompt.length + step)).logits);
    }
  }
  const { weights, rowWays } = engine.facts() as { weights: Record<Layout, number>; rowWays: Record<string, string> };
  // Rows of a prompt then take kernels with other bits than rows of decoding do.
  const promptsDiffer = Object.values(rowWays).some((ways) => ways.includes('each'));
  return { logits, isSplit: weights.split > 0, promptsDiffer, rows: engine.rowInvariance?.label };
}

function compare(found: Rows, expected: Rows) {
  const equal = found.filter((logits, at) => argmax(logits) === argmax(expected[at] as Float32Array)).length;
  return { equal, apart: Math.max(...found.map((logits, at) => distance(logits, expected[at] as Float32Array))) };
}
const same = { equal: compared, apart: 0 };

/** Where every head has its own KV head, each row of ours runs as if it were alone, whatever the pass. */
const cutAlike = ({ heads = 4, kvHeads = 2 }: RandomModel): Cut => (heads === kvHeads ? 'alone' : 'whole');

describe("llama.cpp's bits", () => {
  const total = { models: 0, identical: 0, tokens: 0, equal: 0 };
  const numeric: string[] = [];

  async function check(name: string, path: string, cut: Cut): Promise<void> {
    // llama.cpp multiplies Q4_1 as it stands in the file.
    const options = (await askEngine(path, 'used', {})).isSplit ? { layouts: [] } : {};
    const own = await askEngine(path, cut, options);
    const expected = await askLlama(path, cut);
    const alike = compare(own.logits, expected);
    const used = compare((await askEngine(path, 'used', options)).logits, expected);
    const itself = compare(await askLlama(path, 'used'), expected);
    const spread = Math.max(...(expected[0] as Float32Array)) - Math.min(...(expected[0] as Float32Array));
    const percent = (apart: number) =>
      apart === 0 ? 'same bits' : `apart by ${((100 * apart) / spread).toFixed(4)} %`;
    const say = ({ equal, apart }: typeof same) => `${equal} of ${compared}, ${percent(apart)}`;
    console.log(
      `${name}, against llama.cpp's passes ${cut}: ${say(alike)}; a prompt, then token by token: ours ${say(used)}, ` +
        `llama.cpp's own ${say(itself)}; rows ${own.rows}`,
    );
    total.models++;
    total.identical += alike.apart === 0 ? 1 : 0;
    total.tokens += compared;
    total.equal += alike.equal;
    if (own.rows !== 'bits') numeric.push(name);
    expect.soft(alike).toEqual(same);
    if (!own.promptsDiffer) expect.soft(used).toEqual(same);
  }

  it.for(randomModels)('%s', ([name, model]) => {
    const path = join(folder, 'model.gguf');
    writeFileSync(path, randomModel(model));
    return check(name, path, cutAlike(model));
  });

  it.skipIf(!modelFile)('smollm2-135m', () => check('smollm2-135m', modelFile as string, 'whole'));

  it('were compared on every file, token by token too where the type allows it', () => {
    console.log(`${total.equal} of ${total.tokens} tokens, ${total.identical} of ${total.models} models in every bit`);
    expect(total.models).toBe(randomModels.length + (modelFile ? 1 : 0));
    expect(numeric).toEqual([]);
  });
});
