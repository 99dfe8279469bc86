/**
 * How long is a journal's line? One trial of one call, with texts and marks of its parts and without.
 *
 *   npm run build && node perf/journal/line-size.mjs
 *
 *   engine  tiny8 and early exit, which marks every token with its layer; beyond its context of 512 tokens a stand-in that gives a
 *           token a part, with an id and a mark as the engine does
 *   API     our own server, each token in an event of its own, 25 ms apart
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { openGgmlBackend } from '../../dist/backends/ggml.js';
import { openGroqBackend } from '../../dist/backends/groq.js';
import { now } from '../../dist/core/index.js';
import { startSimulator } from '../../dist/gateway/index.js';
import { play } from '../../dist/runner/play.js';

const sizes = [48, 1000];
const asset = (name) => fileURLToPath(new URL(`../../assets/tiny8/${name}`, import.meta.url));
/** A prompt to which tiny8 gives a long answer. */
const { prompt } = readFileSync(asset('samples.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line))
  .reduce((one, other) => (other.greedy_ids.length > one.greedy_ids.length ? other : one));

/** @returns {import('../../dist/core/index.js').Job} */
const job = (/** @type {'engine' | 'client'} */ realisation, /** @type {string} */ backend) => ({
  key: 'f'.repeat(32),
  cell: { benchmark: 'extract', policy_name: 'early_exit_28', realisation, backend, model: 'model', fidelity: 'lossy' },
  params: {},
  sample: 'story-1',
  repeat: 0,
  seed: 1_234_567_890,
  block: 'extract/early_exit_28/0',
});

async function lineOf(generate, realisation, maxTokens, timeline) {
  const open = /** @type {import('../../dist/core/index.js').OpenBenchmark} */ ({
    async play(_, { ask }) {
      const { text } = await ask([{ role: 'user', content: prompt }]);
      return { text };
    },
  });
  const samples = new Map([['story-1', { id: 'story-1', prompt, reference: '' }]]);
  const trial = await play(job(realisation, realisation === 'engine' ? 'ggml' : 'groq'), {
    ready: () => generate,
    benchmark: { open, samples, maxTokens, timeout: 600 },
    config: { maxTokens, temperature: 0, sampling: {} },
    signal: new AbortController().signal,
    timeline,
  });
  if (trial.status !== 'ok') throw new Error(JSON.stringify(trial.error));
  const [{ completion_tokens: tokens, at }] = trial.turns;
  return { bytes: Buffer.byteLength(JSON.stringify(trial)), tokens, parts: at.length };
}

/** As the engine gives them: a part a step, one token each. */
async function* standIn({ maxTokens }, { meter }) {
  meter.add('prompt_tokens', 20);
  for (let i = 0; i < maxTokens; i++) {
    await new Promise((resolve) => setImmediate(resolve));
    const text = ` ${'abcdefgh'.slice(0, 2 + (i % 6))}`;
    yield { type: 'text', at: now(), text, channel: 'answer', ids: [10_000 + i], marks: [{ layer: 7 + (i % 2) }] };
  }
  yield { type: 'end', at: now(), reason: 'length' };
}

const rows = [];
async function measure(source, generate, realisation, maxTokens) {
  const full = await lineOf(generate, realisation, maxTokens, 'full');
  const times = await lineOf(generate, realisation, maxTokens, 'times');
  rows.push([source, full.tokens, full.parts, full.bytes, times.bytes]);
}

const engine = await openGgmlBackend({
  model: 'tiny8',
  path: asset('tiny8-Q8_0.gguf'),
  sha256: 'unchecked',
  threads: 1,
});
const early = await engine.realise(
  { name: 'early_exit' },
  {
    ...{ exit_layer: 28, of_layers: 32, confidence_threshold: 0.8, decay: 0, confidence: 'max' },
    ...{ kv: 'propagate', shortlist: 0, verify_eos: true },
  },
);
for (const size of sizes) {
  if (size < 400) await measure('engine', early, 'engine', size);
  else await measure('engine (stand-in)', standIn, 'engine', size);
}
await early[Symbol.asyncDispose]();
await engine[Symbol.asyncDispose]();

const say = Array.from({ length: 1200 }, (_, i) => ['the', 'old', 'lamp', 'turned', 'slowly', 'again'][i % 6]).join(
  ' ',
);
const server = await startSimulator({ tools: [{ turn: 0, say }], ttft: 5, tpot: 25 });
const api = await openGroqBackend({ model: null, baseUrls: [server.url], apiKeyEnv: null, environment: {} });
for (const size of sizes) await measure('API', api.generate, 'client', size);
await api[Symbol.asyncDispose]();
await server.close();

console.log('| source | tokens | parts | texts and marks | times alone |\n|---|---|---|---|---|');
for (const [source, ...numbers] of rows)
  console.log(`| ${source} | ${numbers.map((number) => number.toLocaleString('en')).join(' | ')} |`);
