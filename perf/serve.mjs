/**
 * `ttcbench serve` beside llama.cpp's server: the same file, the same prompts, in one run, in turns.
 *
 *   npm run build && TTCBENCH_LLAMA_PYTHON=VENV/bin/python node perf/serve.mjs [--model smollm2-135m] [--rounds 5] [--clients 8] [--tokens 64]
 *
 * A round has every server once in each of two ways, in random order: requests one by one, and `--clients` at a time. Counted
 * are tokens of the servers' usage per second of wall time, and the time to the first event with text. Both have one thread
 * and `--clients` slots, and no cache of prompts. Without a Python that has xllamacpp, only ours runs, and it says so.
 * Exit code 1 where answers at a time differ from those one by one, or where our aggregate is below 1.5 times ours one by one.
 */
import { spawn, spawnSync } from 'node:child_process';
import { cpus } from 'node:os';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { extractSamples } from '../dist/benchmarks/extract/samples.js';
import { resolveModel } from '../dist/models/index.js';

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: 'smollm2-135m' },
    rounds: { type: 'string', default: '5' },
    clients: { type: 'string', default: '8' },
    tokens: { type: 'string', default: '64' },
    requests: { type: 'string', default: '16' },
    threads: { type: 'string', default: '1' },
  },
});
const [rounds, clients, tokens, requests, threads] = ['rounds', 'clients', 'tokens', 'requests', 'threads'].map(
  (name) => Number(values[name]),
);
const model = await resolveModel(values.model, { offline: true });
const python = process.env.TTCBENCH_LLAMA_PYTHON;
const llamaServer = `
import sys, xllamacpp
p = xllamacpp.CommonParams()
p.model.path = sys.argv[1]
p.port = 0
p.n_parallel = int(sys.argv[2])
p.n_ctx = 2048 * p.n_parallel
p.cache_prompt = False
p.cpuparams.n_threads = int(sys.argv[3])
p.cpuparams_batch.n_threads = int(sys.argv[3])
server = xllamacpp.Server(p)
print(server.listening_address, flush=True)
sys.stdin.read()
`;

/** Starts a server and gives its base URL. */
async function start(command, words, urlOf) {
  const child = spawn(command, words, {
    stdio: ['pipe', 'pipe', process.env.TTCBENCH_PERF_LOUD ? 'inherit' : 'ignore'],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const url = urlOf(line);
    if (url) return { url, child };
  }
  throw new Error(`${command} ended before it served`);
}

const bin = new URL('../bin/ttcbench.js', import.meta.url).pathname;
const servers = [];
const serveWords = [
  'serve',
  '--model',
  values.model,
  '--port',
  '0',
  '--json',
  '--slots',
  String(clients),
  '--threads',
  String(threads),
];
const ours = await start(process.execPath, [bin, ...serveWords], (line) => JSON.parse(line).url);
servers.push({ name: 'ttcbench serve', model: model.name, more: {}, ...ours });
const found =
  python && spawnSync(python, ['-c', 'from importlib.metadata import version; print(version("xllamacpp"))']);
if (found?.status === 0) {
  const llama = await start(python, ['-c', llamaServer, model.path, String(clients), String(threads)], (line) =>
    /^https?:/.test(line) ? `${line.trim()}/v1` : undefined,
  );
  const name = `llama.cpp (xllamacpp ${found.stdout.toString().trim()})`;
  servers.push({ name, model: 'any', more: { cache_prompt: false, timings_per_token: false }, ...llama });
} else console.log('NOT COMPARED: set TTCBENCH_LLAMA_PYTHON to a Python that has xllamacpp (pip install xllamacpp)\n');

const samples = extractSamples();
/** A prompt of its own for each request of a round, the same for all servers. */
const promptOf = (index) => samples[index % samples.length].messages;

async function ask({ url, model: name, more }, index) {
  const began = performance.now();
  const response = await fetch(`${url}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      ...{ model: name, messages: promptOf(index), max_tokens: tokens, temperature: 0, stream: true },
      ...{ stream_options: { include_usage: true }, ...more },
    }),
  });
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  let first;
  let text = '';
  let usage;
  let rest = '';
  const decoder = new TextDecoder();
  for await (const bytes of response.body) {
    const events = (rest + decoder.decode(bytes, { stream: true })).split('\n\n');
    rest = events.pop();
    for (const event of events) {
      if (!event.startsWith('data: {')) continue;
      const chunk = JSON.parse(event.slice(6));
      const piece = chunk.choices?.[0]?.delta?.content ?? '';
      if (piece !== '') first ??= performance.now() - began;
      text += piece;
      usage = chunk.usage ?? usage;
    }
  }
  return { text, first, tokens: usage.completion_tokens };
}

/** So many requests, so many at a time. */
async function offer(server, atATime) {
  const answers = [];
  let next = 0;
  const began = performance.now();
  await Promise.all(
    Array.from({ length: atATime }, async () => {
      while (next < requests) {
        const index = next++;
        answers[index] = await ask(server, index);
      }
    }),
  );
  const seconds = (performance.now() - began) / 1000;
  const total = answers.reduce((sum, answer) => sum + answer.tokens, 0);
  const firsts = answers.map(({ first }) => first).sort((a, b) => a - b);
  const at = (share) => firsts[Math.min(firsts.length - 1, Math.ceil(share * firsts.length) - 1)];
  return { rate: total / seconds, p50: at(0.5), p95: at(0.95), tokens: total, texts: answers.map(({ text }) => text) };
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
const spread = (numbers, digits = 1) =>
  `${median(numbers).toFixed(digits)} (${Math.min(...numbers).toFixed(digits)} to ${Math.max(...numbers).toFixed(digits)})`;

const results = new Map(servers.map(({ name }) => [name, { alone: [], together: [] }]));
for (const server of servers) await offer(server, clients);
for (let round = 0; round < rounds; round++) {
  const ways = servers.flatMap((server) => [
    { server, way: 'alone', atATime: 1 },
    { server, way: 'together', atATime: clients },
  ]);
  for (const { server, way, atATime } of ways.sort(() => Math.random() - 0.5))
    results.get(server.name)[way].push(await offer(server, atATime));
}
for (const { child } of servers) child.kill('SIGTERM');

const [mine] = results.values();
console.log(
  `${cpus()[0].model}, ${cpus().length} cores, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}; ${model.name}, ${threads} thread, ${rounds} rounds of ${requests} requests of ${tokens} tokens\n`,
);
console.log(
  '| server | requests | tokens/s | × one by one | first token p50 ms | first token p95 ms | tokens/s, ours × | first token p95, ours × |',
);
console.log('|---|---|---|---|---|---|---|---|');
for (const [name, { alone, together }] of results) {
  /** @type {[way: string, runs: any[]][]} */
  const ways = [
    ['one by one', alone],
    [`${clients} at a time`, together],
  ];
  for (const [way, runs] of ways) {
    const key = way === 'one by one' ? 'alone' : 'together';
    const ratio = runs.map(({ rate }, at) => mine[key][at].rate / rate);
    const first = runs.map(({ p95 }, at) => p95 / mine[key][at].p95);
    const gain = runs.map(({ rate }, at) => rate / alone[at].rate);
    const own = runs === mine[key];
    console.log(
      `| ${name} | ${way} | ${spread(runs.map(({ rate }) => rate))} | ${key === 'alone' ? '' : spread(gain, 2)} | ${spread(runs.map(({ p50 }) => p50))} | ${spread(runs.map(({ p95 }) => p95))} | ${own ? '' : spread(ratio, 2)} | ${own ? '' : spread(first, 2)} |`,
    );
  }
}
const same = mine.together.every(({ texts }, at) => texts.every((text, index) => text === mine.alone[at].texts[index]));
const gain = median(mine.together.map(({ rate }, at) => rate / mine.alone[at].rate));
console.log(
  `\nours: answers at a time ${same ? 'equal' : 'DIFFER FROM'} those one by one; aggregate ${gain.toFixed(2)} × one by one (bar 1.5)`,
);
process.exitCode = same && gain >= 1.5 ? 0 : 1;
