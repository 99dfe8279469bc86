/**
 * What does a pass cost? CPU milliseconds by the rows in it, logits of all rows included, of a prompt, and of two parts:
 * the head, the last four layers.
 *
 *   npm run build && node perf/passes.mjs MODEL.gguf [--context 200] [--rounds 15] [--against FOLDER]
 *
 * `--against` names another checkout, built as well: both versions then run in this process, in turn, and the table holds
 * their ratio and whether all logits of a pass have the same bits. Rounds go through all kinds in turn, so that drift hits
 * all of them. A middle half that is wide shows a noisy moment: run it again. TTCBENCH_GGML_CPU forces a library.
 */
import { readFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    context: { type: 'string', default: '200' },
    rounds: { type: 'string', default: '15' },
    rows: { type: 'string', default: '1,2,4,5,8,16' },
    prompt: { type: 'string', default: '256' },
    threads: { type: 'string', default: '1' },
    against: { type: 'string' },
  },
});
const [context, rounds, prompt, threads] = [values.context, values.rounds, values.prompt, values.threads].map(Number);
const counts = values.rows.split(',').map(Number);
const most = Math.max(...counts);
const atOnce = 3;

/** One version of the engine, with a sequence that has read the context. */
async function open(folder) {
  const from = (path) => import(pathToFileURL(join(folder, 'dist', path)).href);
  const { extractSamples } = await from('benchmarks/extract/samples.js');
  const { createMeter } = await from('core/index.js');
  const { prefill, promptIds } = await from('decode/index.js');
  const { createEngine } = await from('engine/index.js');
  const engine = await createEngine(positionals[0], { threads });
  const { layers, width } = engine.model;
  const ids = extractSamples().flatMap(({ messages }) => promptIds(engine.tokenizer, { messages }));
  const openSequence = (slots) => engine.open(slots, { signal: new AbortController().signal, meter: createMeter() });
  const sequence = openSequence(context + most);
  const read = (into, count) => prefill(engine, into, ids.slice(0, count), {}, () => undefined);
  await read(sequence, context);
  const fresh = openSequence(prompt);

  const whole = (rows) => ({
    tokens: ids.slice(context, context + rows),
    positions: Array.from({ length: rows }, (_, row) => context + row),
    logits: rows,
  });
  const part = (first, more) => ({
    hidden: new Float32Array(width).fill(0.1),
    positions: [context],
    layers: [first, layers],
    ...more,
  });
  async function pass(one, take) {
    const taken = await engine.forward([{ sequence, ...one }], take);
    sequence.truncate(context);
    return taken;
  }
  async function readPrompt() {
    await read(fresh, prompt);
    fresh.truncate(0);
  }
  const nothing = () => undefined;
  return {
    engine,
    logits: (rows) => pass(whole(rows), ([output]) => Buffer.from(output.logits.slice().buffer)),
    kinds: {
      ...Object.fromEntries(
        counts.map((rows) => [`${rows} row${rows > 1 ? 's' : ''}`, () => pass(whole(rows), nothing)]),
      ),
      'head of one row': () => pass(part(layers, { logits: 1 }), nothing),
      'last four layers of one row': () => pass(part(layers - 4, { states: true }), nothing),
      [`prompt of ${prompt}`]: readPrompt,
    },
  };
}

/** CPU milliseconds of one go. */
async function cost(run, times) {
  const before = process.cpuUsage();
  for (let at = 0; at < times; at++) await run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / times;
}

/** What the system calls the processor: names alone do not tell generations apart. */
function processor() {
  const info = process.platform === 'linux' ? readFileSync('/proc/cpuinfo', 'utf8') : '';
  const field = (name) => info.match(new RegExp(`^${name}\\s*: (.*)$`, 'm'))?.[1];
  const generation = field('cpu family') ? `, family ${field('cpu family')} model ${field('model')}` : '';
  return `${cpus()[0].model}${generation}`;
}

const quartiles = (list) => {
  const sorted = list.toSorted((a, b) => a - b);
  return [0.25, 0.5, 0.75].map((share) => sorted[Math.floor(share * (sorted.length - 1))]);
};

const here = fileURLToPath(new URL('..', import.meta.url));
const versions = [...(values.against ? [await open(values.against)] : []), await open(here)];
const names = Object.keys(versions[0].kinds);
const costs = versions.map(() => new Map(names.map((name) => [name, []])));
for (const { kinds } of versions) for (const run of Object.values(kinds)) await cost(run, 1);
for (let round = 0; round < rounds; round++) {
  for (const name of names) {
    // Whoever runs second finds another cache.
    const order = round % 2 === 0 ? versions : versions.toReversed();
    const times = name.startsWith('prompt') ? 1 : atOnce;
    for (const version of order)
      costs[versions.indexOf(version)].get(name).push(await cost(version.kinds[name], times));
  }
}

const { engine } = versions.at(-1);
const date = new Date().toISOString().slice(0, 10);
console.log(
  `${processor()}; ${engine.identity}; load ${loadavg()[0].toFixed(1)}; ${context} tokens of context, ${rounds} rounds, ${date}`,
);
for (const [kind, ways] of Object.entries(engine.facts().rowWays ?? {})) if (ways) console.log(`  ${kind}: ${ways}`);
const shown = (/** @type {number[]} */ [low, median, high]) =>
  `${median.toFixed(1)} (${low.toFixed(1)}, ${high.toFixed(1)})`;
if (versions.length === 1) {
  console.log('\n| pass | CPU ms, median (middle half) |\n| :-- | --: |');
  for (const name of names) console.log(`| ${name} | ${shown(quartiles(costs[0].get(name)))} |`);
} else {
  console.log('\n| pass | before | now | now / before, pair by pair | bits |\n| :-- | --: | --: | --: | :-- |');
  for (const name of names) {
    const [before, now] = costs.map((own) => own.get(name));
    const ratio = quartiles(now.map((ms, at) => ms / before[at])).map((one) => one.toFixed(2));
    const rows = Number(name.match(/^(\d+) rows?$/)?.[1] ?? 0);
    const logits = rows ? await Promise.all(versions.map(({ logits }) => logits(rows))) : [];
    const bits = rows ? (logits[0].equals(logits[1]) ? 'same' : 'other') : '';
    console.log(
      `| ${name} | ${shown(quartiles(before))} | ${shown(quartiles(now))} | ${ratio[1]} (${ratio[0]}, ${ratio[2]}) | ${bits} |`,
    );
  }
}
for (const { engine: one } of versions) await one[Symbol.asyncDispose]();
