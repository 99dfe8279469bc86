/**
 * What does a pass cost? CPU milliseconds by the rows in it, logits of all rows included, and of its parts: the head,
 * the last four layers. Rounds go through all kinds in turn, so that drift hits all of them.
 *
 *   npm run build && node perf/passes.mjs MODEL.gguf [--context 200] [--rounds 40]
 *
 * Passes over one row wait for memory: on a machine that others use too, look at the least.
 */
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { extractSamples } from '../dist/benchmarks/extract/samples.js';
import { createMeter } from '../dist/core/index.js';
import { prefill, promptIds } from '../dist/decode/index.js';
import { createEngine } from '../dist/engine/index.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { context: { type: 'string', default: '200' }, rounds: { type: 'string', default: '40' } },
});
const [context, rounds, atOnce, most] = [Number(values.context), Number(values.rounds), 4, 16];
const engine = await createEngine(positionals[0], { threads: 1 });
const { layers, width } = engine.model;
const ids = extractSamples().flatMap(({ messages }) => promptIds(engine.tokenizer, { messages }));
const sequence = engine.open(context + most, { signal: new AbortController().signal, meter: createMeter() });
await prefill(engine, sequence, ids.slice(0, context), {}, () => undefined);

const places = (rows) => Array.from({ length: rows }, (_, row) => context + row);
const whole = (rows) => ({ tokens: ids.slice(context, context + rows), positions: places(rows), logits: rows });
const part = (from, more) => ({
  hidden: new Float32Array(width).fill(0.1),
  positions: [context],
  layers: from,
  ...more,
});
const kinds = {
  ...Object.fromEntries([1, 2, 4, 5, 8, 16].map((rows) => [`${rows} row${rows > 1 ? 's' : ''}`, whole(rows)])),
  'head of one row': part([layers, layers], { logits: 1 }),
  'last four layers of one row': part([layers - 4, layers], { states: true }),
};

/** CPU milliseconds of one pass; its rows are taken back. */
async function cost(pass) {
  const before = process.cpuUsage();
  for (let at = 0; at < atOnce; at++) {
    await engine.forward([{ sequence, ...pass }], () => undefined);
    sequence.truncate(context);
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / atOnce;
}

const costs = new Map(Object.keys(kinds).map((kind) => [kind, []]));
for (const pass of Object.values(kinds)) await cost(pass);
for (let round = 0; round < rounds; round++)
  for (const [kind, pass] of Object.entries(kinds)) costs.get(kind).push(await cost(pass));

console.log(`${engine.identity}, ${cpus()[0].model}, load ${loadavg()[0].toFixed(1)}, ${context} tokens of context`);
console.log('| pass | CPU ms, median | least | most |\n| :-- | --: | --: | --: |');
for (const [kind, found] of costs) {
  const sorted = found.sort((a, b) => a - b);
  const cells = [sorted[sorted.length >> 1], sorted[0], sorted.at(-1)].map((value) => value.toFixed(1));
  console.log(`| ${kind} | ${cells.join(' | ')} |`);
}
await engine[Symbol.asyncDispose]();
