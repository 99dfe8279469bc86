/**
 * What does a batch save? Decoding 8 answers in one batch against one by one: same engine, same prompts, same tokens.
 *
 *   npm run build && node perf/batching.mjs MODEL.gguf [--slots 8] [--tokens 64] [--pairs 15] [--threads 1]
 *
 * Prompts of `extract` are in the cache before the clock starts, so this is decoding alone, through the decorator that
 * the policy uses. A pair is both ways in random order; CPU seconds of the whole process. Exit code 1 where tokens
 * differ or the median ratio at 8 slots and one thread is below 1.2. Prints a row for docs/policies/elastic-batch.md.
 */
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { extractSamples } from '../dist/benchmarks/extract/samples.js';
import { createMeter, createRandom } from '../dist/core/index.js';
import { argmax, batched, firstCome, prefill, promptIds } from '../dist/decode/index.js';
import { createEngine } from '../dist/engine/index.js';

const bar = 1.2;
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    slots: { type: 'string', default: '8' },
    tokens: { type: 'string', default: '64' },
    pairs: { type: 'string', default: '15' },
    threads: { type: 'string', default: '1' },
  },
});
const [slots, tokens, pairs, threads] = ['slots', 'tokens', 'pairs', 'threads'].map((name) => Number(values[name]));

const engine = await createEngine(positionals[0], { threads });
const samples = extractSamples().filter((_, at) => at % Math.max(1, Math.floor(24 / slots)) === 0);
const prompts = Array.from({ length: slots }, (_, at) => {
  const { messages } = samples[at % samples.length];
  return promptIds(engine.tokenizer, { messages });
});
const batch = batched(engine, { slots, maxTokens: 2 ** 24, rule: firstCome });

/** Opens and fills a sequence per prompt; gives its first token. */
function fillAll(on) {
  return Promise.all(
    prompts.map(async (ids) => {
      const sequence = on.open(ids.length + tokens, { signal: new AbortController().signal, meter: createMeter() });
      const first = await prefill(on, sequence, ids, {}, ({ logits }) => argmax(logits));
      return { sequence, ids, first };
    }),
  );
}

async function decode(on, { sequence, ids, first }) {
  sequence.truncate(ids.length);
  const answer = [first];
  while (answer.length < tokens) {
    const position = ids.length + answer.length - 1;
    const pass = { sequence, tokens: [answer.at(-1)], positions: [position], logits: 1 };
    answer.push(await on.forward([pass], ([{ logits }]) => argmax(logits)));
  }
  return answer;
}

async function timed(work) {
  const [wall, cpu] = [performance.now(), process.cpuUsage()];
  const answers = await work();
  const { user, system } = process.cpuUsage(cpu);
  return { answers, cpu: (user + system) / 1e6, wall: (performance.now() - wall) / 1e3 };
}

const alone = await fillAll(engine);
const together = await fillAll(batch);
const ways = {
  async alone() {
    const answers = [];
    for (const one of alone) answers.push(await decode(engine, one));
    return answers;
  },
  together: () => Promise.all(together.map((one) => decode(batch, one))),
};
await ways.together();
await ways.alone();

const random = createRandom(8);
const results = [];
for (let pair = 0; pair < pairs; pair++) {
  const order = random() < 0.5 ? ['alone', 'together'] : ['together', 'alone'];
  const done = {};
  for (const way of order) done[way] = await timed(ways[way]);
  if (JSON.stringify(done.alone.answers) !== JSON.stringify(done.together.answers)) {
    console.error(`pair ${pair}: the batch gave other tokens`);
    process.exitCode = 1;
  }
  results.push(done);
}

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
const ratios = results.map((done) => done.alone.cpu / done.together.cpu);
const rate = (way) => (slots * tokens) / median(results.map((done) => done[way].cpu));
const lengths = prompts.map((ids) => ids.length);
const range = `${Math.min(...lengths)} to ${Math.max(...lengths)}`;
console.log(`prompts of ${range} tokens, ${tokens} tokens each, ${pairs} pairs, ${cpus()[0].model}`);
console.log('| date | slots | threads | one by one, tokens per CPU s | batch | ratio: median (least, most) | wall |');
const cells = [
  new Date().toISOString().slice(0, 10),
  slots,
  threads,
  rate('alone').toFixed(0),
  rate('together').toFixed(0),
  `${median(ratios).toFixed(2)} (${Math.min(...ratios).toFixed(2)}, ${Math.max(...ratios).toFixed(2)})`,
  median(results.map((done) => done.alone.wall / done.together.wall)).toFixed(2),
];
console.log(`| ${cells.join(' | ')} |`);
if (threads === 1 && slots === 8 && median(ratios) < bar) process.exitCode = 1;
await engine[Symbol.asyncDispose]();
