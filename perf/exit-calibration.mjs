/**
 * Does a model know early what it will say? After each exit layer the model's own norm and head guess the next token of
 * the baseline's answer; how sure is the guess, and is it the token that the last layer gives (the shadow of early exit)?
 *
 *   npm run build && node perf/exit-calibration.mjs MODEL.gguf [--benchmark extract|tiny-crm] [--samples 24]
 *     [--tokens 48] [--layers 8,15,22,26] [--threshold 0.8]
 *
 * error: expected calibration error over ten bins, which says whether the confidence is true. Whether it tells right
 * guesses from wrong ones is another matter: for that, how many are right at the threshold or above, and below it.
 */
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { extractSamples } from '../dist/benchmarks/extract/samples.js';
import { createMeter } from '../dist/core/index.js';
import { argmax, prefill, promptIds, topProbability } from '../dist/decode/index.js';
import { createEngine } from '../dist/engine/index.js';
import { calibrationOf } from '../dist/stats/index.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    benchmark: { type: 'string', default: 'extract' },
    samples: { type: 'string', default: '24' },
    tokens: { type: 'string', default: '48' },
    layers: { type: 'string' },
    threshold: { type: 'string', default: '0.8' },
  },
});
const engine = await createEngine(positionals[0], { threads: 1 });
const { layers } = engine.model;
const quarters = [1, 2, 3].map((part) => Math.round((layers * part) / 4));
const exits = values.layers?.split(',').map(Number) ?? [...quarters, Math.round((28 / 32) * layers)];
const threshold = Number(values.threshold);

/** @returns {(readonly import('../dist/core/index.js').Message[])[]} */
function readPrompts() {
  if (values.benchmark === 'extract') return extractSamples().map(({ messages }) => messages);
  const file = new URL('../assets/tiny8/samples.jsonl', import.meta.url);
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  return lines.map((line) => [{ role: 'user', content: JSON.parse(line).prompt }]);
}

const claims = exits.map(() => []);

/** Runs one token from exit to exit to the last layer; gives what that one says. */
async function step(sequence, token, position) {
  const guesses = [];
  /** @type {{ tokens?: number[]; hidden?: Float32Array }} */
  let rows = { tokens: [token] };
  let from = 0;
  for (const exit of exits) {
    /** @type {import('../dist/core/index.js').Pass} */
    const pass = { sequence, ...rows, positions: [position], layers: [from, exit], logits: 1, states: true };
    const guess = await engine.forward([pass], ([{ logits, states }]) => ({
      confidence: topProbability(logits),
      id: argmax(logits),
      states: states.slice(),
    }));
    guesses.push(guess);
    rows = { hidden: guess.states };
    from = exit;
  }
  /** @type {import('../dist/core/index.js').Pass} */
  const last = { sequence, ...rows, positions: [position], layers: [from, layers], logits: 1 };
  const id = await engine.forward([last], ([{ logits }]) => argmax(logits));
  for (const [at, guess] of guesses.entries())
    claims[at].push({ confidence: guess.confidence, right: guess.id === id });
  return id;
}

for (const messages of readPrompts().slice(0, Number(values.samples))) {
  const prompt = promptIds(engine.tokenizer, { messages });
  const context = { signal: new AbortController().signal, meter: createMeter() };
  const sequence = engine.open(prompt.length + Number(values.tokens), context);
  let id = await prefill(engine, sequence, prompt, {}, ({ logits }) => argmax(logits));
  for (let made = 1; made < Number(values.tokens) && !engine.tokenizer.endIds.has(id); made++)
    id = await step(sequence, id, prompt.length + made - 1);
  sequence[Symbol.dispose]();
}

const percent = (part, whole) => (whole > 0 ? `${((100 * part) / whole).toFixed(1)} %` : '–');
console.log(`${claims[0].length} tokens of ${values.benchmark}, ${engine.identity}, ${cpus()[0].model}`);
console.log(
  `| layer of ${layers} | right | mean confidence | error | at ${threshold} or above | of these right | below: right |`,
);
console.log('| --: | --: | --: | --: | --: | --: | --: |');
exits.forEach((exit, at) => {
  const { count, right, confidence, error } = calibrationOf(claims[at]);
  const sure = claims[at].filter((claim) => claim.confidence >= threshold);
  const unsure = claims[at].filter((claim) => claim.confidence < threshold);
  const shareRight = (some) => percent(some.filter((claim) => claim.right).length, some.length);
  const cells = [
    exit,
    percent(right * count, count),
    confidence.toFixed(3),
    error.toFixed(3),
    percent(sure.length, count),
    shareRight(sure),
    shareRight(unsure),
  ];
  console.log(`| ${cells.join(' | ')} |`);
});
await engine[Symbol.asyncDispose]();
