/**
 * What llama.cpp's own server, with its default cache of prompts, makes of times to the first token: the baseline against
 * itself with the cache cold, warm and as it is, at concurrency 1 and 4.
 *
 *   npm run build && node perf/client/llama-cpp.mjs PYTHON [MODEL.gguf] [SAMPLES]
 *
 * PYTHON is one that has the package xllamacpp: python3 -m venv v && v/bin/pip install xllamacpp.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { loadConfig, startRun } from '../../dist/index.js';
import { readJobs } from '../../dist/store/jobs-file.js';
import { readRun } from '../../dist/store/read-run.js';

const [python = 'python3', given, samples = '24'] = process.argv.slice(2);
const model = given || join(process.env.HOME, '.cache/ttcbench/models/SmolLM2-135M-Instruct.Q4_1.gguf');
const program = fileURLToPath(new URL('../../test/foreign/llama-server.py', import.meta.url));

const folder = mkdtempSync(join(tmpdir(), 'ttcbench-llama-'));
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

async function start() {
  const server = spawn(python, [program, model, '4'], { stdio: ['pipe', 'pipe', 'ignore'] });
  for await (const line of createInterface({ input: server.stdout })) return { url: `${line}/v1`, server };
  throw new Error(`${python} does not start the server: is xllamacpp installed?`);
}

/** A server of its own for each state: what one run leaves in the cache is no other run's. */
async function measure(state, concurrency) {
  const { url, server } = await start();
  const out = join(folder, `${state}-${concurrency}`);
  const settings = {
    ...{ policies: ['baseline'], benchmarks: ['tiny-crm'], samples: Number(samples), max_tokens: 8, repeats: 2 },
    ...{ backend: 'openai', base_url: url, prompt_cache: state, concurrency, out },
  };
  try {
    const resolved = await loadConfig({ settings, flags: { all: false }, env: {} });
    await startRun({ resolved, report: 'folder' });
  } finally {
    server.stdin.end();
    await new Promise((resolve) => server.on('exit', resolve));
  }
  const read = readRun(out);
  /** @type {{ prefill?: unknown } | undefined} */
  const capabilities = read.manifest.checks.capabilities;
  const trials = [...read.trials()];
  const of = (name) => trials.filter(({ cell }) => cell.policy_name === name);
  const calls = trials.flatMap(({ counters }) => counters.calls);
  const first = (trial) => trial.turns[0].at[0] - trial.turns[0].sent;
  const twins = new Map(of('baseline').map((trial) => [`${trial.sample} ${trial.repeat}`, trial]));
  const pairs = of('baseline_again').map((trial) => [trial, twins.get(`${trial.sample} ${trial.repeat}`)]);
  const wasResent = ({ counters }) => counters.calls.some(({ resent }) => resent);
  const undisturbed = pairs.filter((pair) => !pair.some(wasResent));
  const place = new Map(readJobs(join(out, 'jobs.jsonl')).map(({ key }, at) => [key, at]));
  const againFirst = pairs.filter(([again, twin]) => place.get(again.key) < place.get(twin.key)).length;
  const whole = (trial) => trial.turns[0].end - trial.turns[0].sent;
  const texts = (trial) => trial.answer?.text;
  console.log(
    [
      `${state}, concurrency ${concurrency}: ${trials.length} trials, ${trials.filter(({ status }) => status !== 'ok').length} failed`,
      `  cache asked: ${JSON.stringify(read.manifest.checks.cache)}; prefill: ${JSON.stringify(capabilities?.prefill)}`,
      `  cached tokens ${sum(calls, 'cached')} of ${sum(calls, 'prompt')} prompt tokens`,
      `  noise floor: first token × ${ratio(pairs, first)}, whole answer × ${ratio(pairs, whole)}; equal texts ${pairs.filter(([a, b]) => texts(a) === texts(b)).length} of ${pairs.length}`,
      `  without the ${pairs.length - undisturbed.length} pairs of which a request was sent again: first token × ${ratio(undisturbed, first)}; baseline_again was played first in ${againFirst} of ${pairs.length} pairs`,
      `  first token ms: median ${median(trials.map(first)).toFixed(1)}; reading the prompt at the server ${median(calls.map(({ server: times }) => times?.prompt ?? Number.NaN)).toFixed(1)}`,
      `  connections opened for a trial's request ${calls.filter(({ connect }) => connect !== undefined).length}, requests sent again ${calls.filter(({ resent }) => resent).length}, latest send ${Math.max(...calls.map(({ sent }) => sent)).toFixed(1)} ms after it was meant`,
    ].join('\n'),
  );
  return new Map(of('baseline').map((trial) => [`${trial.sample} ${trial.repeat}`, trial]));
}

/** Geometric mean of a pair's ratios, with its 95 % interval by the normal law of so many logarithms. */
function ratio(pairs, value) {
  const logs = pairs.map(([a, b]) => Math.log(value(a) / value(b)));
  const mean = logs.reduce((total, one) => total + one, 0) / logs.length;
  const variance = logs.reduce((total, one) => total + (one - mean) ** 2, 0) / (logs.length - 1);
  const half = 1.96 * Math.sqrt(variance / logs.length);
  const [low, middle, high] = [mean - half, mean, mean + half].map((one) => Math.exp(one).toFixed(3));
  return `${middle} [${low}, ${high}]`;
}

const sum = (calls, field) => calls.reduce((total, { usage }) => total + (usage?.[field] ?? 0), 0);

const alone = await measure('cold', 1);
const together = await measure('cold', 4);
const same = [...alone].filter(([key, trial]) => trial.turns[0].texts[0] === together.get(key)?.turns[0].texts[0]);
console.log(`first token of an answer the same at concurrency 1 and 4: ${same.length} of ${alone.size}`);
await measure('as-is', 1);
await measure('warm', 1);
rmSync(folder, { recursive: true });
