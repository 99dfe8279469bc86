/**
 * What does the engine do beside computing? CPU milliseconds of eviction, of building graphs and of preparing inputs at
 * a full cache, and for scale of the passes themselves.
 *
 *   npm run build && node perf/engine/parts.mjs MODEL.gguf [--slots 1024] [--rounds 40]
 *
 * Rounds go through all kinds in turn, so that drift hits all of them; a figure is the median of the rounds and its
 * 95 % interval by ranks. Graphs are built in working memory that is there already, as in all calls but an engine's first.
 */
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { createMeter, createRandom } from '../../dist/core/index.js';
import { createKvLedger } from '../../dist/decode/index.js';
import { createArena } from '../../dist/engine/arena.js';
import { createCompute } from '../../dist/engine/compute.js';
import { loadGgml } from '../../dist/engine/ffi.js';
import { openGguf } from '../../dist/engine/gguf.js';
import { buildGraph } from '../../dist/engine/graph.js';
import { writeInputs } from '../../dist/engine/inputs.js';
import { createKvPool } from '../../dist/engine/kv-buffer.js';
import { KvSequence } from '../../dist/engine/kv-sequence.js';
import { planSteps } from '../../dist/engine/plan.js';
import { readShape } from '../../dist/engine/shape.js';
import { kernelLayouts } from '../../dist/engine/weight-store.js';
import { loadWeights } from '../../dist/engine/weights.js';
import { medianWithInterval } from './median.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { slots: { type: 'string', default: '1024' }, rounds: { type: 'string', default: '40' } },
});
const [slots, rounds, chunk] = [Number(values.slots), Number(values.rounds), 256];

const gguf = openGguf(positionals[0]);
const shape = readShape(gguf);
const { layers, kvHeads } = shape;
const ggml = loadGgml();
const compute = createCompute(ggml);
compute.setThreads(1);
const bufferType = ggml.backend_get_default_buffer_type(compute.backend);
const weights = loadWeights(ggml, gguf, shape, bufferType, kernelLayouts);
const arena = createArena(ggml, bufferType);
const pool = createKvPool(ggml, shape, bufferType, () => undefined);
const context = { signal: new AbortController().signal, meter: createMeter() };

/** A sequence whose layers hold so many slots each, whatever is in them. */
function filled(lengthOf, capacity = slots) {
  const sequence = new KvSequence(pool.take(capacity), capacity, context, shape, () => undefined);
  for (let layer = 0; layer < layers; layer++) sequence.advance(lengthOf(layer), layer, layer + 1);
  return sequence;
}
const random = createRandom(7);
const all = Array.from({ length: slots }, (_, slot) => slot);
const share = (part) => Math.round(part * slots);

/** Slots that random worths keep, in their order: what pruning keeps. */
const inOrder = (count) =>
  all
    .map((slot) => [random(), slot])
    .sort(([a], [b]) => a - b)
    .slice(0, count)
    .map(([, slot]) => slot)
    .sort((a, b) => a - b);
function ledgerOf() {
  const ledger = createKvLedger(kvHeads);
  for (const position of all) ledger.append(position);
  ledger.add(Array.from({ length: kvHeads * slots }, random));
  return ledger;
}
/** The same per KV head, holes filled from the end: what a KV budget keeps, from its own books. */
const intoHoles = (count) => ledgerOf().evict(count, { sinks: 4, recent: 32 });

/** Keeps slots in all layers; the next round finds the cache full again. */
function evicting(lists) {
  const sequence = filled(() => slots);
  return () => {
    for (let layer = 0; layer < layers; layer++) {
      sequence.keep(layer, lists[layer]);
      sequence.advance(slots - lists[layer][0].length, layer, layer + 1);
    }
  };
}
/** The books' part of it: after every token the least worthy slot of each KV head goes. */
function choosing() {
  const ledgers = everyLayer(ledgerOf);
  let position = slots;
  return () => {
    position++;
    for (const ledger of ledgers) {
      ledger.append(position, random());
      ledger.evict(slots, { sinks: 4, recent: 32 });
    }
  };
}
const everyLayer = (listsOf) => Array.from({ length: layers }, listsOf);

const row = (sequence, at) => ({ sequence, tokens: [5], positions: [at], logits: 1 });
const plan = (passes) =>
  planSteps(
    passes,
    passes.map(({ sequence }) => sequence),
    shape,
    'flash',
  )[0];
const build = (step) => buildGraph(ggml, shape, weights, step, arena);

const last = filled(() => slots - 1);
const uneven = filled((layer) => share(1 - (0.4 * layer) / layers) - 1);
const [few, shortSlots] = [16, 256];
const batch = Array.from({ length: few }, () => filled(() => shortSlots - 1, shortSlots));
const prompt = filled(() => slots - chunk);
const positions = Array.from({ length: chunk }, (_, at) => slots - chunk + at);
const passes = {
  'one token': [row(last, slots - 1)],
  'one token, another number of slots in every layer': [row(uneven, slots - 1)],
  [`one token of each of ${few} sequences of ${shortSlots} slots`]: batch.map((sequence) =>
    row(sequence, shortSlots - 1),
  ),
  [`${chunk} tokens of a prompt`]: [{ sequence: prompt, tokens: positions, positions, logits: 1, prefill: true }],
};
/** @type {[name: string, step: ReturnType<typeof plan>][]} */
const steps = Object.entries(passes).map(([name, list]) => [name, plan(list)]);
// Once through all of them, and working memory is as large as it gets.
for (const [, step] of steps) build(step).free();
const { generation } = arena;
const graphs = steps.map(([, step]) => build(step));

/** Graphs share their memory: each writes its inputs anew. */
function computeStep(graph, step) {
  writeInputs(graph, step, shape);
  ggml.backend_graph_compute(compute.backend, graph.compute);
}

/** What is measured: [name, how often in a sample, what]. */
const kinds = [
  ...[0.9, 0.5, 0.25].flatMap((ratio) => [
    [`keep ${ratio} of the slots in order`, 2, evicting(everyLayer(() => [inOrder(share(ratio))]))],
    [`keep ${ratio} of them per KV head, holes filled`, 2, evicting(everyLayer(() => intoHoles(share(ratio))))],
  ]),
  ['choose one slot per KV head to go', 20, choosing()],
  ['keep all but one slot per KV head', 20, evicting(everyLayer(() => intoHoles(slots - 1)))],
  ...steps.map(([name]) => [`plan: ${name}`, 200, () => plan(passes[name])]),
  ...steps.map(([name, step]) => [`graph: ${name}`, 4, () => build(step).free()]),
  ...steps.map(([name, step], at) => [`inputs: ${name}`, 50, () => writeInputs(graphs[at], step, shape)]),
  ...steps.map(([name, step], at) => [`inputs and computing: ${name}`, 1, () => computeStep(graphs[at], step)]),
];

/** CPU milliseconds of one call. */
function cost(times, run) {
  const before = process.cpuUsage();
  for (let at = 0; at < times; at++) run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / times;
}

const costs = new Map(kinds.map(([name]) => [name, []]));
for (const [, times, run] of kinds) for (let at = 0; at < 3; at++) cost(times, run);
for (let round = 0; round < rounds; round++) {
  for (const [name, times, run] of kinds) costs.get(name).push(cost(times, run));
}
if (arena.generation !== generation) throw new Error('working memory moved: inputs went to memory that is gone');

console.log(`${ggml.variant}, ${cpus()[0].model}, load ${loadavg()[0].toFixed(1)}, ${slots} slots, ${rounds} rounds`);
console.log('| what, in all layers | CPU ms: median (95 % interval) |\n|---|---|');
for (const [name, found] of costs) {
  const { median, low, high } = medianWithInterval(found);
  const digits = median < 0.01 ? 4 : median < 1 ? 3 : median < 100 ? 2 : 0;
  console.log(
    `| ${name} | ${[median, low, high]
      .map((ms) => ms.toFixed(digits))
      .join(' (')
      .replace(/ \((\S+)$/, ', $1)')} |`,
  );
}
