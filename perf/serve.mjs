/**
 * `ttcbench serve` under load, and beside llama.cpp's server where there is one: the same file, the same prompts, in one
 * run, in turns.
 *
 *   npm run build && node perf/serve.mjs [--model smollm2-135m] [--clients 8,32] [--rounds 3] [--requests 32] [--tokens 48] [--threads 1] [--prompts extract|short]
 *
 * With TTCBENCH_LLAMA_PYTHON=VENV/bin/python (one that has xllamacpp: pip install xllamacpp) llama.cpp's server runs too. Each
 * server runs alone while it is measured: the other one's process is stopped. A round has every way once, in random order:
 * requests one by one, and so many clients at a time. Counted are tokens of the server's usage per second of wall time, and
 * the time to the first event with text. Prompts are those of `extract` (about 170 tokens), or short ones, where nearly all
 * of the work is writing. Every server has so many slots as the most clients, and no cache of prompts.
 *
 * Exit code 1 where our answers at a time differ from those one by one, where our aggregate is below 1.5 times one by one, or
 * where a client of ours starved: no answer, or a first token that took more than 4 times the median of its round.
 */
import { spawn } from 'node:child_process';
import { cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { extractSamples } from '../dist/benchmarks/extract/samples.js';
import { resolveModel } from '../dist/models/index.js';

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: 'smollm2-135m' },
    clients: { type: 'string', default: '8,32' },
    rounds: { type: 'string', default: '3' },
    requests: { type: 'string', default: '32' },
    tokens: { type: 'string', default: '48' },
    threads: { type: 'string', default: '1' },
    prompts: { type: 'string', default: 'extract' },
  },
});
const clients = values.clients.split(',').map(Number);
const ways = [1, ...clients];
const slots = Math.max(...clients);
const [rounds, requests, tokens] = [values.rounds, values.requests, values.tokens].map(Number);
const model = await resolveModel(values.model, { offline: true });
const say = (text) => process.stderr.write(`${text}\n`);
/** A prompt of its own for each request of a round, the same for all servers. */
const prompts =
  values.prompts === 'short'
    ? Array.from({ length: requests }, (_, at) => [
        { role: 'user', content: `Tell me a long story about ${at + 2} cats.` },
      ])
    : extractSamples().map(({ messages }) => messages);

/** Starts a server and gives its base URL. What it prints later is read, so that it never waits for a reader. */
function start(command, words, urlOf, seconds = 120) {
  const child = spawn(command, words, { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  return new Promise((resolve, reject) => {
    const fail = (why) => {
      child.kill('SIGKILL');
      reject(new Error(`${command} ${why}`));
    };
    const timer = setTimeout(fail, seconds * 1000, `did not serve within ${seconds} s`);
    child.once('exit', (code) => fail(`ended with ${code} before it served`));
    let text = '';
    child.stdout.on('data', (data) => {
      text += data;
      const url = text.split('\n').slice(0, -1).map(urlOf).find(Boolean);
      if (!url) return;
      clearTimeout(timer);
      resolve({ url, child, ended });
    });
  });
}

const program = (path) => fileURLToPath(new URL(path, import.meta.url));
const kinds = [
  {
    name: 'ttcbench serve',
    model: model.name,
    more: {},
    open: () =>
      start(
        process.execPath,
        [
          ...[program('../bin/ttcbench.js'), 'serve', '--model', values.model, '--port', '0', '--json'],
          ...['--slots', `${slots}`, '--threads', values.threads, '--batch-tokens', `${slots * 2048}`],
        ],
        (line) => line.startsWith('{') && JSON.parse(line).url,
      ),
  },
];
const python = process.env.TTCBENCH_LLAMA_PYTHON;
if (python)
  kinds.push({
    name: "llama.cpp's server (xllamacpp)",
    model: 'any',
    more: { cache_prompt: false },
    open: () =>
      start(
        python,
        [program('../test/foreign/llama-server.py'), model.path, `${slots}`, values.threads],
        (line) => /^http:\S+$/.test(line.trim()) && `${line.trim()}/v1`,
      ),
  });

async function ask({ url, model: name, more }, index) {
  const began = performance.now();
  const response = await fetch(`${url}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      ...{ model: name, messages: prompts[index % prompts.length], max_tokens: tokens, temperature: 0 },
      ...{ stream: true, stream_options: { include_usage: true }, ...more },
    }),
    signal: AbortSignal.timeout(300_000),
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

/** So many requests, so many at a time. Every client has at least one. */
async function offer(server, atATime) {
  const answers = [];
  const served = Array.from({ length: Math.min(atATime, requests) }, () => 0);
  let next = 0;
  const began = performance.now();
  await Promise.all(
    served.map(async (_, client) => {
      while (next < requests) {
        const index = next++;
        answers[index] = await ask(server, index);
        served[client]++;
      }
    }),
  );
  const seconds = (performance.now() - began) / 1000;
  const total = answers.reduce((sum, answer) => sum + answer.tokens, 0);
  const firsts = answers.map(({ first }) => first ?? 0).sort((a, b) => a - b);
  const at = (share) => firsts[Math.min(firsts.length - 1, Math.ceil(share * firsts.length) - 1)];
  const worst = firsts.at(-1) / at(0.5);
  const starved = served.includes(0) || answers.some(({ tokens }) => tokens === 0) || worst > 4;
  return { rate: total / seconds, p50: at(0.5), p95: at(0.95), worst, starved, texts: answers.map(({ text }) => text) };
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
const spread = (numbers, digits) =>
  `${median(numbers).toFixed(digits)} (${Math.min(...numbers).toFixed(digits)} to ${Math.max(...numbers).toFixed(digits)})`;

const results = kinds.map(() => new Map(ways.map((way) => [way, []])));
const servers = [];
const load = loadavg()[0];
try {
  for (const kind of kinds) {
    servers.push({ ...kind, ...(await kind.open()) });
    say(`${kind.name} serves`);
    await ask(servers.at(-1), 0);
    servers.at(-1).child.kill('SIGSTOP');
  }
  for (let round = 0; round < rounds; round++)
    for (const [at, server] of [...servers.entries()].sort(() => Math.random() - 0.5)) {
      server.child.kill('SIGCONT');
      for (const way of ways.toSorted(() => Math.random() - 0.5)) {
        const run = await offer(server, way);
        results[at].get(way).push(run);
        say(`round ${round + 1}, ${server.name}, ${way} at a time: ${run.rate.toFixed(1)} tokens/s`);
      }
      server.child.kill('SIGSTOP');
    }
} finally {
  for (const { child, ended } of servers) {
    child.kill('SIGCONT');
    child.stdin.end();
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), 5000);
    await ended;
    clearTimeout(timer);
  }
}

const machine = `${cpus()[0].model}, ${cpus().length} cores, load ${load.toFixed(1)} before and ${loadavg()[0].toFixed(1)} after`;
console.log(
  `${machine}, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}; ${model.name}, ${values.threads} thread(s), ${rounds} rounds of ${requests} requests of at most ${tokens} tokens, prompts: ${values.prompts}, ${slots} slots\n`,
);
console.log(
  '| server | clients | tokens/s | × one by one | first token p50 ms | first token p95 ms | last first token, × p50 | tokens/s, ours × |',
);
console.log('|---|---|---|---|---|---|---|---|');
for (const [at, { name }] of kinds.entries())
  for (const way of ways) {
    const runs = results[at].get(way);
    const gain = runs.map(({ rate }, round) => rate / results[at].get(1)[round].rate);
    const ours = runs.map(({ rate }, round) => results[0].get(way)[round].rate / rate);
    const column = (field, digits) =>
      spread(
        runs.map((run) => run[field]),
        digits,
      );
    console.log(
      `| ${name} | ${way} | ${column('rate', 1)} | ${way === 1 ? '' : spread(gain, 2)} | ${column('p50', 0)} | ${column('p95', 0)} | ${column('worst', 1)} | ${at === 0 ? '' : spread(ours, 2)} |`,
    );
  }
const [mine] = results;
const alone = mine.get(1)[0].texts;
const same = ways.every((way) => mine.get(way).every(({ texts }) => texts.every((text, i) => text === alone[i])));
const gain = Math.max(...clients.map((way) => median(mine.get(way).map(({ rate }, i) => rate / mine.get(1)[i].rate))));
const starved = ways.filter((way) => mine.get(way).some((run) => run.starved));
console.log(
  `\nours: answers at a time ${same ? 'equal' : 'DIFFER FROM'} those one by one; best aggregate ${gain.toFixed(2)} × one by one (bar 1.5); ${starved.length === 0 ? 'no client starved' : `clients STARVED at ${starved.join(' and ')} at a time`}`,
);
process.exitCode = same && gain >= 1.5 && starved.length === 0 ? 0 : 1;
