/** smollm2-135m against llama.cpp's libllama, teacher-forced over its own greedy answers. */
import { describe, expect, it } from 'vitest';
import { createEngine } from '../../src/engine/index.ts';
import { argmax, decode, distance, fill, freshContext } from './bench.ts';
import { type Llama, startLlama } from './llama.ts';
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
/** Libraries held to 97 %. Others missed that by a token or two of 421 or were not looked at: docs/engine.md. */
const strictLibraries = ['sapphirerapids', 'icelake', 'zen4'];
const barOf = (library: unknown) => (strictLibraries.some((name) => library === `ggml-cpu-${name}`) ? 0.97 : 0.96);
const answerTokens = 48;
const longAnswerTokens = 32;

/** About 20 tokens each, and no two alike: what is lost of an earlier chunk is missed. */
function records(count: number): string {
  const [places, goods] = [
    ['north', 'south', 'east', 'west', 'coast', 'valley', 'hills'],
    ['fruit', 'timber', 'mail', 'rubber', 'fish', 'salt', 'wool', 'paper', 'glass', 'grain', 'tea'],
  ];
  const line = (at: number) =>
    `${at + 1}. On day ${(at * 37) % 365} a boat from the ${places[at % 7]} carried ${(at * 7919) % 900} crates of ` +
    `${goods[at % 11]} to the ${places[(at * 5 + 3) % 7]}.`;
  return Array.from({ length: count }, (_, at) => line(at)).join('\n');
}

async function askLlama(path: string, flash: 'on' | 'off', request: Parameters<Llama['ask']>[0]) {
  using llama = await startLlama(path, ['--flash', flash]);
  return await llama.ask(request);
}

describe('smollm2-135m and llama.cpp', () => {
  if (!modelFile) {
    it.skip('SKIPPED: smollm2-135m is not pulled (ttcbench models pull)', () => undefined);
    return;
  }
  const path = modelFile;
  // Two builds of llama.cpp agree on 261 of 267 with each other. What differs here is Q4_1 split in two parts: where a CPU
  // has no kernels for those (`TTCBENCH_GGML_CPU=sandybridge`), the exact path has 421 of 421.
  it.each(['flash', 'exact'] as const)(
    'agree on 97 % of their greedy tokens, with an unlisted library on 96 %, prefill %s',
    async (prefill) => {
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
      expect(equal / tokens).toBeGreaterThanOrEqual(barOf(engine.facts().library));
    },
  );

  it.each(['flash', 'exact'] as const)('agree after a prompt of several chunks, prefill %s', async (prefill) => {
    await using engine = await createEngine(path, { prefill });
    const content = `Which of these records are from the north, and what do they have in common?\n${records(24)}`;
    const prompt = engine.tokenizer.encode(engine.tokenizer.chat([{ role: 'user', content }]), { special: true });
    expect(prompt.length).toBeGreaterThan(2 * engine.chunk + 64);
    const own = prefill === 'flash' ? 'on' : 'off';
    const picked = (await askLlama(path, own, { batches: [prompt], greedy: longAnswerTokens })).argmax;
    const batches = [prompt, ...picked.slice(0, longAnswerTokens).map((id) => [id])];
    const expected = (await askLlama(path, own, { batches, logits: true })).logits;
    const other = (await askLlama(path, own === 'on' ? 'off' : 'on', { batches, logits: true })).logits;

    using sequence = engine.open(prompt.length + longAnswerTokens, freshContext());
    const found = [(await fill(engine, sequence, prompt)).logits];
    for (const [step, id] of picked.slice(0, longAnswerTokens).entries())
      found.push((await decode(engine, sequence, id, prompt.length + step)).logits);
    const apart = (rows: readonly Float32Array[]) =>
      Math.max(...rows.map((logits, at) => distance(logits, expected[at] as Float32Array)));
    const behind = expected.map(
      (logits, at) => (logits[picked[at] as number] as number) - (logits[argmax(found[at] as Float32Array)] as number),
    );
    const equal = behind.filter((gap) => gap === 0).length;
    console.log(
      `prefill ${prefill}, ${prompt.length} tokens: ${equal} of ${found.length} tokens equal, largest difference ` +
        `${apart(found).toFixed(2)}, llama.cpp's own ${apart(other).toFixed(2)}`,
    );
    // Measured by what llama.cpp's two kinds of attention differ by.
    expect.soft(equal / found.length).toBeGreaterThanOrEqual(0.9);
    expect.soft(Math.max(...behind)).toBeLessThan(apart(other));
    expect.soft(apart(found)).toBeLessThan(2 * apart(other));
  });
});
