/**
 * What does coupling cost speculation under sampling? Along an answer sampled from the model: how often would a token
 * drafted after layer E stand if model and drafter take the same random number (ours), and by the paper's rule
 * min(1, p/q)? Both chances follow from the two distributions; nothing is drawn but the answer.
 *
 *   npm run build && node perf/coupling.mjs MODEL.gguf --layers 26 [--benchmark extract|tiny-crm] [--tokens 48]
 *     [--samples 24]
 */
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { extractSamples } from '../dist/benchmarks/extract/samples.js';
import { createMeter } from '../dist/core/index.js';
import { createSampler, prefill, promptIds } from '../dist/decode/index.js';
import { createEngine } from '../dist/engine/index.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    benchmark: { type: 'string', default: 'extract' },
    layers: { type: 'string', default: '2' },
    tokens: { type: 'string', default: '48' },
    samples: { type: 'string', default: '24' },
  },
});
const engine = await createEngine(positionals[0], { threads: 1 });
const { layers } = engine.model;
const exit = Number(values.layers);

function readPrompts() {
  if (values.benchmark === 'extract') return extractSamples().map(({ messages }) => messages);
  const file = new URL('../assets/tiny8/samples.jsonl', import.meta.url);
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  return lines.map((line) => [{ role: 'user', content: JSON.parse(line).prompt }]);
}

/** Mass that both give to the same token: Σ min(p, q), and the overlap of the two ladders that a number is looked up in. */
function chances(p, q) {
  let [rule, coupling, upToP, upToQ] = [0, 0, 0, 0];
  for (let id = 0; id < p.length; id++) {
    rule += Math.min(p[id], q[id]);
    coupling += Math.max(0, Math.min(upToP + p[id], upToQ + q[id]) - Math.max(upToP, upToQ));
    upToP += p[id];
    upToQ += q[id];
  }
  return { rule, coupling };
}

/** Sums of both chances over the tokens of one sampled answer. */
async function alongAnswer(messages, temperature, seed, sums) {
  const sampler = createSampler({ temperature, seed });
  /** @param {readonly import('../dist/core/index.js').Output[]} outputs */
  const distribution = ([{ logits }]) => Float64Array.from(sampler.probabilities(logits, []));
  const prompt = promptIds(engine.tokenizer, { messages });
  const context = { signal: new AbortController().signal, meter: createMeter() };
  const sequence = engine.open(prompt.length + Number(values.tokens), context);
  let id = await prefill(engine, sequence, prompt, {}, ({ logits }) => sampler.pick(logits, []));
  for (
    let at = prompt.length;
    at < prompt.length + Number(values.tokens) - 1 && !engine.tokenizer.endIds.has(id);
    at++
  ) {
    const row = { sequence, positions: [at], logits: 1 };
    const [q, hidden] = await engine.forward([{ ...row, tokens: [id], layers: [0, exit], states: true }], (outputs) => [
      distribution(outputs),
      outputs[0].states.slice(),
    ]);
    const p = await engine.forward([{ ...row, hidden, layers: [exit, layers] }], (outputs) => {
      id = sampler.pick(outputs[0].logits, []);
      return distribution(outputs);
    });
    const { rule, coupling } = chances(p, q);
    sums.rule += rule;
    sums.coupling += coupling;
    sums.tokens++;
  }
  sequence[Symbol.dispose]();
}

console.log(`drafts after layer ${exit} of ${layers}, ${engine.identity}, ${cpus()[0].model}`);
console.log('| temperature | tokens | coupling | paper’s rule |\n| --: | --: | --: | --: |');
for (const temperature of [0.7, 1, 1.5, 2]) {
  const sums = { rule: 0, coupling: 0, tokens: 0 };
  const prompts = readPrompts().slice(0, Number(values.samples));
  for (const [seed, messages] of prompts.entries()) await alongAnswer(messages, temperature, seed, sums);
  const shares = [sums.coupling, sums.rule].map((sum) => `${((100 * sum) / sums.tokens).toFixed(1)} %`);
  console.log(`| ${[temperature.toFixed(1), sums.tokens, ...shares].join(' | ')} |`);
}
await engine[Symbol.asyncDispose]();
