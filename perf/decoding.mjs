/**
 * What does speculation, or another policy, do to decoding? CPU seconds from the first token to the last, against the
 * baseline, by kind of answer: copying, editing and quoting are the families of `extract`, free text are eight prompts of
 * this file.
 *
 *   npm run build && node perf/decoding.mjs MODEL.gguf [--policy speculative_decoding]
 *     [--params '{"lookahead_tokens":7}']... [--tokens 48] [--prompts 8] [--rounds 2]
 *
 * Without `--params` it plays a fixed number of drafts (4) and `auto`. In a round every prompt is played by the baseline and by
 * each variant, in turn and in one process, so that drift hits all; the order turns about from round to round. Ratio = baseline
 * / variant, CPU time per token: above 1 is faster; in brackets its 95 % interval over the prompts, of which each is a pair.
 * `noise` is the baseline's first round over its last. `per pass` is what a verified pass yields, and in brackets what it
 * would if every draft were right with the same chance. `pays above` is the share of right drafts above which passes of so
 * many rows pay, by the prices that the engine measured when it opened. Exit code 1 where a policy that calls itself exact gave
 * other tokens.
 */
import { cpus, loadavg } from 'node:os';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { extractSamples } from '../dist/benchmarks/extract/samples.js';
import { createMeter, createRandom, validate } from '../dist/core/index.js';
import { processorName } from '../dist/core/processor.js';
import { breakEvenAcceptance, expectedTokens } from '../dist/decode/index.js';
import { createEngine } from '../dist/engine/index.js';
import { findVariant } from '../dist/policies/index.js';
import { pairedIntervals } from '../dist/stats/index.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    policy: { type: 'string', default: 'speculative_decoding' },
    params: { type: 'string', multiple: true, default: ['{"lookahead_tokens":4}', '{"lookahead_tokens":"auto"}'] },
    tokens: { type: 'string', default: '48' },
    prompts: { type: 'string', default: '8' },
    rounds: { type: 'string', default: '2' },
  },
});
const load = [loadavg()[0]];
const engine = await createEngine(positionals[0], { threads: 1, priced: true });
const prices = engine.passPrices;
const others = new Map();
const kit = {
  async engine(path) {
    if (!others.has(path)) others.set(path, await createEngine(path, { threads: 1 }));
    return others.get(path);
  },
};

async function open(name, given) {
  const { policy, params } = findVariant(name);
  const valid = validate(policy.params, { ...params, ...given }, name);
  return { generate: await policy.engine.open(engine, valid, kit), fidelity: policy.engine.fidelity(valid) };
}

/** Answers that repeat nothing: what n-gram drafts cost where they cannot be right. */
const freeText = [
  'Write a short story about a lighthouse keeper who finds a letter.',
  'Explain to a child why the sky is blue.',
  'Describe a busy market in the morning.',
  'Give advice to someone who starts a new job next week.',
  'Write a cheerful note to a neighbour who moves away.',
  'What should a traveller know before a first trip to the mountains?',
  'Describe how bread is made, from flour to loaf.',
  'Write a short review of an imaginary restaurant.',
].map((content) => ({ family: 'free text', messages: [{ role: 'user', content }] }));

/** CPU milliseconds of decoding, ids and counters of one answer. */
async function decode({ generate }, sample) {
  const meter = createMeter();
  const call = { messages: sample.messages, maxTokens: Number(values.tokens), temperature: 0, seed: 1 };
  const ids = [];
  let first;
  for await (const part of generate(call, { signal: new AbortController().signal, meter })) {
    if (part.type === 'text') ids.push(...part.ids);
    first ??= process.cpuUsage();
  }
  const { user, system } = process.cpuUsage(first);
  return { ids, cpu: (user + system) / 1000, counters: meter.counters };
}

const variants = [
  { name: 'baseline', ...(await open('baseline', {})) },
  ...(await Promise.all(
    values.params.map(async (given) => ({ name: given, ...(await open(values.policy, JSON.parse(given))) })),
  )),
];
const perFamily = new Map();
const samples = [...extractSamples(), ...freeText].filter(({ family }) => {
  perFamily.set(family, (perFamily.get(family) ?? 0) + 1);
  return perFamily.get(family) <= Number(values.prompts);
});

// What is loaded late is paid before anything is timed.
for (const variant of variants) await decode(variant, samples[0]);
/** played[sample][variant] = one entry per round */
const played = [];
for (const sample of samples) {
  const of = variants.map(() => []);
  for (let round = 0; round < Number(values.rounds); round++) {
    const order = variants.map((_, at) => at);
    for (const at of round % 2 === 0 ? order : order.toReversed()) of[at].push(await decode(variants[at], sample));
  }
  played.push(of);
}
load.push(loadavg()[0]);

const mean = (numbers) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
const total = (rows, name) => rows.reduce((sum, { counters }) => sum + (counters.sums[name] ?? 0), 0);
const share = (part, whole) => (whole > 0 ? (part / whole).toFixed(2) : '–');
const perToken = (rounds) => mean(rounds.map(({ cpu, ids }) => cpu / Math.max(1, ids.length - 1)));
const shown = ({ mean: middle, low, high }) =>
  middle === null ? '–' : `${middle.toFixed(2)} [${low?.toFixed(2) ?? '–'}, ${high?.toFixed(2) ?? '–'}]`;

/** Mean number that steps were to draft, steps without drafts included; only `auto` says. */
function chosen(rows) {
  const steps = rows.flatMap(({ counters }) => Object.entries(counters.tallies.lookahead ?? {}));
  const count = steps.reduce((sum, [, amount]) => sum + amount, 0);
  return count === 0 ? '–' : (steps.reduce((sum, [drafts, amount]) => sum + drafts * amount, 0) / count).toFixed(1);
}

const priceText = Object.entries(prices).map(([rows, ms]) => `${rows}: ${ms.toFixed(1)}`);
console.log(`${basename(positionals[0])}; ${processorName()}, ${cpus().length} cores; ${engine.identity}`);
console.log(
  `${samples.length} prompts, ${values.tokens} tokens at most, ${values.rounds} rounds; load ${load.map((one) => one.toFixed(1)).join(' to ')}; ${new Date().toISOString().slice(0, 10)}`,
);
console.log(`CPU ms of a pass by rows: ${priceText.join(', ')}\n`);
console.log(
  `| ${values.policy} | family | n | ratio of decoding | noise | same tokens | accepted | pays above | drafts per pass | chosen | per pass | exits |`,
);
console.log('| :-- | :-- | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: |');
let failed = false;
for (const [at, { name, fidelity }] of variants.entries()) {
  if (at === 0) continue;
  for (const family of perFamily.keys()) {
    const own = samples.flatMap((sample, index) => (sample.family === family ? [played[index]] : []));
    const [before, after] = [0, at].map((which) => Float64Array.from(own, (of) => perToken(of[which])));
    const { ratio } = pairedIntervals(before, after, createRandom(1));
    const noise = mean(own.map((of) => of[0][0].cpu)) / mean(own.map((of) => of[0].at(-1).cpu));
    const same = own.filter((of) => of[at].every(({ ids }) => String(ids) === String(of[0][0].ids))).length;
    if (fidelity === 'exact' && same < own.length) failed = true;
    const rows = own.map((of) => of[at][0]);
    const [drafted, accepted, passes] = ['drafted', 'accepted', 'verify_passes'].map((counter) => total(rows, counter));
    const drafts = drafted / passes;
    const yields = `${(1 + accepted / passes).toFixed(2)} (${expectedTokens(accepted / drafted, drafts).toFixed(2)})`;
    const cells = [
      ...[`\`${name}\``, family, own.length, shown(ratio), noise.toFixed(2), `${same} of ${own.length}`],
      share(accepted, drafted),
      passes > 0 ? breakEvenAcceptance(prices, drafts).toFixed(2) : '–',
      ...[share(drafted, passes), chosen(rows), passes > 0 ? yields : '–'],
      share(total(rows, 'exits'), total(rows, 'exit_checks')),
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
}
for (const other of others.values()) await other[Symbol.asyncDispose]();
await engine[Symbol.asyncDispose]();
process.exitCode = failed ? 1 : 0;
