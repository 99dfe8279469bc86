/**
 * Our client as a process of its own: a closed loop over one server until the time is over.
 *
 *   node perf/client/load.mjs --url http://127.0.0.1:8399/v1 --streams 32 --seconds 8 --mode record --out FOLDER
 *
 * `record`: what `ttcbench run` does with every trial: retries, limits, budget, journal with group commit included. `bare`: parts are read and
 * dropped, records are made. `--timeline times` keeps no texts and marks of parts. With --stamps FILE each stream's id, send and first token are written there at the end.
 */
import { setMaxListeners } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { createClientLoad } from '../../dist/assembly/limits.js';
import {
  createChatGenerate,
  createHttpTransport,
  openServer,
  parseEndpoint,
  providers,
} from '../../dist/client/index.js';
import { createMeter } from '../../dist/core/index.js';
import { run } from '../../dist/runner/run.js';
import { whatIsLeft } from '../../dist/runner/what-is-left.js';
import { openJournal } from '../../dist/store/journal.js';
import { openScores } from '../../dist/store/rescored.js';
import { unscoredTrials } from '../../dist/store/unscored-trials.js';

const { values } = parseArgs({
  options: {
    url: { type: 'string' },
    streams: { type: 'string', default: '32' },
    seconds: { type: 'string', default: '8' },
    mode: { type: 'string', default: 'record' },
    out: { type: 'string' },
    stamps: { type: 'string' },
    ramp: { type: 'string', default: '0' },
    timeline: { type: 'string', default: 'full' },
  },
});
const streams = Number(values.streams);
const seconds = Number(values.seconds);
const ramp = Number(values.ramp);
const stamps = [];

const transport = createHttpTransport();
const source = createChatGenerate({
  baseUrls: [values.url],
  model: 'stream',
  apiKey: 'any',
  quirks: providers.groq,
  transport,
});
const generate = values.stamps === undefined ? source : stamped;
await openServer({ transport, endpoint: parseEndpoint(values.url), apiKey: 'any', scrub: (text) => text }).warm(
  streams,
);

function stamped(call, context) {
  const { meter } = context;
  const see = (record) => {
    const intended = Number(context.intended) / 1e6;
    stamps.push([record.id, intended + record.sent, intended + (record.first ?? Number.NaN)]);
    meter.call(record);
  };
  return source(call, { ...context, meter: { ...meter, call: see } });
}

const question = 'Explain how a cache works and why it helps, in a few plain sentences please.';
/** @returns {import('../../dist/core/index.js').Message[]} */
const messagesOf = (n) => [
  { role: 'system', content: 'You are a helpful assistant.' },
  { role: 'user', content: `Question ${n}. ${question}` },
];
const started = performance.now();
const isOver = () => performance.now() - started > seconds * 1000;
const failures = new Map();

async function bare() {
  const { signal } = new AbortController();
  setMaxListeners(0, signal);
  let n = 0;
  const loop = async (place) => {
    if (ramp > 0) await new Promise((resolve) => setTimeout(resolve, (place / streams) * ramp * 1000));
    while (!isOver()) {
      const call = { messages: messagesOf(n), maxTokens: 128, temperature: 0, seed: n++ };
      const context = { signal, meter: createMeter(), intended: process.hrtime.bigint() };
      try {
        for await (const _ of generate(call, context));
      } catch (error) {
        failures.set(error.code, (failures.get(error.code) ?? 0) + 1);
      }
    }
  };
  await Promise.all(Array.from({ length: streams }, (_, place) => loop(place)));
}

/**
 * Jobs enough for any speed: the time ends the run.
 * @returns {import('../../dist/core/index.js').Job[]}
 */
function jobs() {
  /** @type {import('../../dist/core/index.js').Cell} */
  const cell = {
    benchmark: 'questions',
    policy_name: 'baseline',
    realisation: 'client',
    backend: 'openai',
    model: 'stream',
    fidelity: 'exact',
  };
  return Array.from({ length: Math.ceil(seconds * 12_000) }, (_, n) => ({
    key: `trial-${n}`,
    cell,
    params: {},
    sample: `sample-${n % 1000}`,
    repeat: Math.floor(n / 1000),
    seed: n,
    block: `block-${n}`,
  }));
}

async function record() {
  const folder = values.out;
  mkdirSync(folder, { recursive: true });
  const samples = new Map(
    Array.from({ length: 1000 }, (_, n) => [`sample-${n}`, { id: `sample-${n}`, prompt: String(n), reference: 'x' }]),
  );
  const open = {
    async *samples() {
      yield* samples.values();
    },
    play: async (sample, session) => ({ text: (await session.ask(messagesOf(sample.prompt))).text }),
    score: (_, answer) => ({ words: answer.text.split(' ').length }),
    async [Symbol.asyncDispose]() {},
  };
  const list = jobs();
  const { left: _, ...toPlay } = whatIsLeft(list, { status: () => undefined });
  /** What a run reads of its configuration where the plan is there. */
  const config = /** @type {import('../../dist/core/index.js').RunConfig} */ ({
    maxTokens: null,
    temperature: 0,
    sampling: {},
    concurrency: streams,
    seed: 1,
  });
  const execution = /** @type {import('../../dist/config/index.js').Execution} */ ({
    rps: null,
    duration: null,
    requestsPerMinute: null,
    tokensPerMinute: null,
    maxCost: null,
    maxTokensTotal: null,
  });
  const load = createClientLoad({ config, execution, notes: [], files: [] }, undefined, []);
  const wrapped = load.wrap(generate);
  const journal = await openJournal(folder);
  const scores = openScores(folder);
  await run({
    ...toPlay,
    journal,
    lateScores: { unscored: () => unscoredTrials(journal, scores), append: scores.append },
    timeline: /** @type {'full' | 'times'} */ (values.timeline),
    cells: () => wrapped,
    admission: load.admission,
    benchmarks: new Map([['questions', { open, samples, maxTokens: 128, timeout: 60 }]]),
    config,
    signal: new AbortController().signal,
    enough: () => (isOver() ? { code: 'duration', limit: seconds } : undefined),
    onEvent(event) {
      if (event.type !== 'trial' || event.trial.status === 'ok') return;
      failures.set(event.trial.error?.code, (failures.get(event.trial.error?.code) ?? 0) + 1);
    },
  });
  await journal.close();
  await scores[Symbol.asyncDispose]();
}

await (values.mode === 'bare' ? bare() : record());
if (values.stamps) writeFileSync(values.stamps, stamps.map((line) => line.join(' ')).join('\n'));
console.log(JSON.stringify({ ...transport.stats(), failures: Object.fromEntries(failures) }));
await transport.close();
