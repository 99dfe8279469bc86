/**
 * How fast is the engine? Prefill and decoding of one model beside llama.cpp's libllama, and node-llama-cpp if given.
 *
 *   npm run build && node perf/engine/run.mjs MODEL.gguf [--pairs 15] [--prompts 128,512,1024] [--steps 32]
 *       [--threads 1] [--prefill flash|exact] [--variant icelake] [--peer FOLDER] [--json FILE]
 *
 * A pair is every engine once, in random order, one after the other, each in its own process; a figure is the CPU
 * time of that process, because cores are shared. With several threads it is wall time, for they spin while they wait,
 * and the run is skipped where ours are not faster with them than with one: no two cores are free. Peers are taken at their better flash-attention setting. Ratios are
 * theirs / ours: above 1 we are faster. --variant makes both sides use that CPU library; --peer is a folder in which
 * node-llama-cpp is installed. Exit code 1 where decoding is slower than libllama.
 */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { createRandom, shuffled } from '../../dist/core/index.js';
import { bytesPerToken, streamingBandwidth } from './bandwidth.mjs';
import { median, medianWithInterval } from './median.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    pairs: { type: 'string', default: '15' },
    prompts: { type: 'string', default: '128,512,1024' },
    steps: { type: 'string', default: '32' },
    threads: { type: 'string', default: '1' },
    prefill: { type: 'string', default: 'flash' },
    variant: { type: 'string' },
    peer: { type: 'string' },
    json: { type: 'string' },
  },
});
const model = positionals[0];
const here = import.meta.dirname;
const steps = Number(values.steps);

/** A process that answers JSON lines. */
function start(script, args, env = {}) {
  const child = spawn(process.execPath, [script, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`${script} ended`);
    const answer = JSON.parse(value);
    if (answer.error) throw new Error(answer.error);
    return answer;
  };
  const ready = next();
  return {
    ready,
    async ask(request) {
      child.stdin.write(`${JSON.stringify(request)}\n`);
      return next();
    },
    end: () => child.stdin.end(),
  };
}

const llama = join(here, '..', '..', 'scripts', 'llama-reference.mjs');
const ids = (count, from) => Array.from({ length: count }, (_, at) => (((from + at) * 7919) % 30_000) + 1000);

const variant = values.variant ? ['--variant', values.variant] : [];
const libllama = (flash) => start(llama, [model, '--threads', values.threads, '--flash', flash, ...variant]);
const nodeLlama = (flash) => start(join(here, 'node-llama-cpp.mjs'), [values.peer, model, values.threads, flash]);
const ours = (threads) =>
  start(
    join(here, 'ours.mjs'),
    [model, threads, values.prefill],
    values.variant ? { TTCBENCH_GGML_CPU: values.variant } : {},
  );
const clock = values.threads === '1' ? 'cpuMs' : 'wallMs';
if (values.threads !== '1' && !(await isWorthThreads())) {
  console.warn(`SKIPPED: ${values.threads} threads decode no faster than 1 here: their pool collapses on shared cores`);
  process.exit();
}
const engines = {
  ours: ours(values.threads),
  'libllama, flash': libllama('on'),
  'libllama, no flash': libllama('off'),
  ...(values.peer && { 'node-llama-cpp, flash': nodeLlama('true'), 'node-llama-cpp, no flash': nodeLlama('false') }),
};

/** Whether decoding with so many threads takes less time than with one; the median of 20 tokens of each, twice. */
async function isWorthThreads() {
  const steps = [ids(64, 0), ...ids(20, 64).map((id) => [id])];
  const tokenTimes = { [values.threads]: [], 1: [] };
  for (const threads of [values.threads, '1', values.threads, '1']) {
    const engine = ours(threads);
    await engine.ready;
    const { wallMs } = await engine.ask({ batches: steps });
    tokenTimes[threads].push(...wallMs.slice(1));
    engine.end();
  }
  return median(tokenTimes[values.threads]) < median(tokenTimes[1]);
}

const { ready } = await engines.ours.ready;
for (const engine of Object.values(engines)) await engine.ready;

const random = createRandom(7);
const times = [];
const bandwidths = [];
for (let pair = 0; pair < Number(values.pairs); pair++) {
  bandwidths.push(streamingBandwidth());
  for (const tokens of values.prompts.split(',').map(Number)) {
    const batches = [ids(tokens, 0), ...ids(steps, tokens).map((id) => [id])];
    for (const name of shuffled(Object.keys(engines), random)) {
      const { [clock]: milliseconds } = await engines[name].ask({ batches });
      const decode = milliseconds.slice(1).reduce((sum, ms) => sum + ms, 0) / steps;
      times.push({ pair, tokens, name, prefill: milliseconds[0], decode });
    }
  }
}
for (const engine of Object.values(engines)) engine.end();

/** Times of one engine in the order of pairs. */
const of = (name, tokens, what) =>
  times.filter((time) => time.name === name && time.tokens === tokens).map((time) => time[what]);

function compare(family, tokens, what) {
  const settings = Object.keys(engines).filter((name) => name.startsWith(family));
  const best = settings.toSorted((a, b) => median(of(a, tokens, what)) - median(of(b, tokens, what)))[0];
  const theirs = of(best, tokens, what);
  const ratios = of('ours', tokens, what).map((ours, pair) => theirs[pair] / ours);
  const { median: ratio, low, high } = medianWithInterval(ratios);
  return { peer: best, theirs: median(theirs), ratio, low, high };
}

const rows = [];
for (const tokens of values.prompts.split(',').map(Number)) {
  for (const what of ['prefill', 'decode']) {
    for (const family of ['libllama', ...(values.peer ? ['node-llama-cpp'] : [])]) {
      rows.push({ tokens, what, ours: median(of('ours', tokens, what)), ...compare(family, tokens, what) });
    }
  }
}

const bandwidth = median(bandwidths);
/** Milliseconds in which one core could read what a token reads. */
const leastFor = (tokens) => (1e-6 * bytesPerToken(model, tokens)) / bandwidth;
const load = loadavg()[0].toFixed(1);
console.log(`${ready.identity}, ${cpus()[0].model}, ${values.pairs} pairs, load ${load}`);
const kind = clock === 'cpuMs' ? 'CPU' : 'wall';
const range = `${Math.min(...bandwidths).toFixed(1)} to ${Math.max(...bandwidths).toFixed(1)}`;
console.log(
  `one core reads ${bandwidth.toFixed(1)} GB/s (${range}); share: the time for reading what a token reads, over ours`,
);
console.log(
  `| after tokens | what | ours, ${kind} ms | peer | its ${kind} ms | ratio: median (95 % interval) | share |`,
);
console.log('|---|---|---|---|---|---|---|');
for (const { tokens, what, ours, peer, theirs, ratio, low, high } of rows) {
  const unit = what === 'decode' ? 'a token' : 'the prompt';
  const share = what === 'decode' ? (leastFor(tokens) / ours).toFixed(2) : '–';
  const ratios = `${ratio.toFixed(2)} (${low.toFixed(2)}, ${high.toFixed(2)})`;
  console.log(
    `| ${tokens} | ${what}, ${unit} | ${ours.toFixed(1)} | ${peer} | ${theirs.toFixed(1)} | ${ratios} | ${share} |`,
  );
}
if (values.json) writeFileSync(values.json, JSON.stringify({ identity: ready.identity, load, rows, times }, null, 1));
if (rows.some(({ what, peer, ratio }) => what === 'decode' && peer.startsWith('libllama') && ratio < 1)) {
  process.exitCode = 1;
}
