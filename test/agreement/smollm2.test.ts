/** smollm2-135m against llama.cpp's libllama, teacher-forced over its own greedy answers. */
import { describe, expect, it } from 'vitest';
import { createEngine } from '../../src/engine/index.ts';
import { argmax, decode, fill, freshContext } from './bench.ts';
import { startLlama } from './llama.ts';
import { modelFile } from './model-file.ts';

const passage = `The Amazon river is the largest river in the world by discharge volume of water. It flows through Peru,
Colombia and Brazil. The river basin covers about 7 million square kilometres. Many species of fish live in the river,
including the piranha and the arapaima. The rainforest around the river holds about ten percent of all known species.`;
const questions = [
  `Repeat the following text exactly, word for word:\n${passage}`,
  `List the facts from this text, quoting the sentences:\n${passage}`,
  'Explain in a few sentences why the sky is blue.',
  'Write a short story about a fox who learns to read.',
  'Give me five tips for writing clear emails.',
  'What is the difference between weather and climate?',
  'Describe how to make a cup of tea, step by step.',
  'Summarise the life of Marie Curie in five sentences.',
  `Translate this record into JSON.\nname: Ada Lovelace\nborn: 1815\nwork: notes on the Analytical Engine`,
];
const answerTokens = 48;

describe('smollm2-135m and llama.cpp', () => {
  if (!modelFile) {
    it.skip('SKIPPED: smollm2-135m is not pulled (ttcbench models pull)', () => undefined);
    return;
  }
  const path = modelFile;
  // The exact path is farther from llama.cpp's own settings; two builds of llama.cpp agree on 261 of 267 with each other.
  it.each([
    ['flash', 0.97],
    ['exact', 0.96],
  ] as const)('agree on their greedy tokens, prefill %s: at least %d of them', async (prefill, bar) => {
    await using engine = await createEngine(path, { prefill });
    // Each path against llama.cpp's own setting for it.
    using llama = await startLlama(path, ['--flash', prefill === 'flash' ? 'on' : 'off']);
    let tokens = 0;
    let equal = 0;
    for (const content of questions) {
      const prompt = engine.tokenizer.encode(engine.tokenizer.chat([{ role: 'user', content }]), { special: true });
      const picked = (await llama.ask({ batches: [prompt], greedy: answerTokens - 1 })).argmax;
      const end = picked.findIndex((id) => engine.tokenizer.endIds.has(id));
      const answer = end < 0 ? picked : picked.slice(0, end + 1);
      using sequence = engine.open(prompt.length + answer.length, freshContext());
      let found = argmax((await fill(engine, sequence, prompt)).logits);
      for (const [step, id] of answer.entries()) {
        tokens++;
        if (found === id) equal++;
        found = argmax((await decode(engine, sequence, id, prompt.length + step)).logits);
      }
    }
    console.log(`prefill ${prefill}: ${equal} of ${tokens} tokens equal (${engine.identity})`);
    expect(tokens).toBeGreaterThanOrEqual(250);
    expect(equal / tokens).toBeGreaterThanOrEqual(bar);
  });
});
