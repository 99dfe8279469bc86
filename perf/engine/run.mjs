/**
 * How fast is the engine? Prefill and decoding of one model beside llama.cpp's libllama, and node-llama-cpp if given.
 *
 *   npm run build && node perf/engine/run.mjs MODEL.gguf [--pairs 15] [--prompts 128,512,1024] [--steps 32]
 *       [--threads 1] [--prefill flash|exact] [--variant icelake] [--peer FOLDER] [--json FILE]
 *
 * A pair is every engine once, in random order, one after the other, each in its own process; a figure is the CPU
 * time of that process, because cores are shared. Peers are taken at their better flash-attention setting. Ratios are
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
const variant = values.variant ? ['--variant', values.variant] : [];
const libllama = (flash) => start(llama, [model, '--threads', values.threads, '--flash', flash, ...variant]);
const nodeLlama = (flash) => start(join(here, 'node-llama-cpp.mjs'), [values.peer, model, values.threads, flash]);
const engines = {
  ours: start(
    join(here, 'ours.mjs'),
    [model, values.threads, values.prefill],
    values.variant ? { TTCBENCH_GGML_CPU: values.variant } : {},
  ),
  'libllama, flash': libllama('on'),
  'libllama, no flash': libllama('off'),
  ...(values.peer && { 'node-llama-cpp, flash': nodeLlama('true'), 'node-llama-cpp, no flash': nodeLlama('false') }),
};
const { ready } = await engines.ours.ready;
for (const engine of Object.values(engines)) await engine.ready;

/**
 * The median and its 95 % interval from ranks: it holds for any distribution of ratios. With 15 pairs it lies between
 * the 4th and the 12th; fewer than 6 pairs give the least and the most.
 */
function medianWithInterval(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  const count = sorted.length;
  let rank = 0;
  let below = 0;
  for (let ways = 1; rank < count / 2; rank++) {
    below += ways / 2 ** count;
    if (below > 0.025) break;
    ways = (ways * (count - rank)) / (rank + 1);
  }
  const cut = Math.max(0, rank - 1);
  return { ratio: median(sorted), low: sorted[cut], high: sorted[count - 1 - cut] };
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
const ids = (count, from) => Array.from({ length: count }, (_, at) => (((from + at) * 7919) % 30_000) + 1000);
const random = createRandom(7);
const times = [];
for (let pair = 0; pair < Number(values.pairs); pair++) {
  for (const tokens of values.prompts.split(',').map(Number)) {
    const batches = [ids(tokens, 0), ...ids(steps, tokens).map((id) => [id])];
    for (const name of shuffled(Object.keys(engines), random)) {
      const { cpuMs } = await engines[name].ask({ batches });
      const decode = cpuMs.slice(1).reduce((sum, ms) => sum + ms, 0) / steps;
      times.push({ pair, tokens, name, prefill: cpuMs[0], decode });
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
  return {
    peer: best,
    theirs: median(theirs),
    ...medianWithInterval(ratios),
  };
}

const rows = [];
for (const tokens of values.prompts.split(',').map(Number)) {
  for (const what of ['prefill', 'decode']) {
    for (const family of ['libllama', ...(values.peer ? ['node-llama-cpp'] : [])]) {
      rows.push({ tokens, what, ours: median(of('ours', tokens, what)), ...compare(family, tokens, what) });
    }
  }
}

const load = loadavg()[0].toFixed(1);
console.log(`${ready.identity}, ${cpus()[0].model}, ${values.pairs} pairs, load ${load}`);
console.log('| after tokens | what | ours, CPU ms | peer | its CPU ms | ratio: median (95 % interval) |');
console.log('|---|---|---|---|---|---|');
for (const { tokens, what, ours, peer, theirs, ratio, low, high } of rows) {
  const unit = what === 'decode' ? 'a token' : 'the prompt';
  const range = `${ratio.toFixed(2)} (${low.toFixed(2)}, ${high.toFixed(2)})`;
  console.log(`| ${tokens} | ${what}, ${unit} | ${ours.toFixed(1)} | ${peer} | ${theirs.toFixed(1)} | ${range} |`);
}
if (values.json) writeFileSync(values.json, JSON.stringify({ identity: ready.identity, load, rows, times }, null, 1));
if (rows.some(({ what, peer, ratio }) => what === 'decode' && peer.startsWith('libllama') && ratio < 1)) {
  process.exitCode = 1;
}
