/**
 * What does a policy do to decoding? CPU seconds from the first token to the last, with it and without, by kind of
 * answer: copying, editing and quoting are the families of `extract`, free text are eight prompts of this file.
 *
 *   npm run build && node perf/decoding.mjs MODEL.gguf [--policy speculative_decoding] [--params '{"lookahead_tokens":7}']
 *     [--tokens 64]
 *
 * `per pass` is what a verified pass yields, and in brackets what it would if every draft were right with the same
 * chance. Each prompt is played baseline, policy, baseline, policy in one process, so that drift hits both; two baselines give
 * the noise. Exit code 1 where a policy that calls itself exact gave other tokens, or n-gram drafts are below 1.5 on
 * copies or edits.
 */
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { extractSamples } from '../dist/benchmarks/extract/samples.js';
import { createMeter, validate } from '../dist/core/index.js';
import { expectedTokens } from '../dist/decode/index.js';
import { createEngine } from '../dist/engine/index.js';
import { findVariant } from '../dist/policies/index.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    policy: { type: 'string', default: 'speculative_decoding' },
    params: { type: 'string', default: '{}' },
    tokens: { type: 'string', default: '64' },
  },
});
const engine = await createEngine(positionals[0], { threads: 1 });
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
  return { ids, cpu: (user + system) / 1000 / ids.length, sums: meter.counters.sums };
}

const baseline = await open('baseline', {});
const policy = await open(values.policy, JSON.parse(values.params));
const families = new Map();
let same = 0;
const samples = [...extractSamples(), ...freeText];
for (const sample of samples) {
  const played = [];
  for (const which of [baseline, policy, baseline, policy]) played.push(await decode(which, sample));
  const [a, b, c, d] = played;
  const rows = families.get(sample.family) ?? [];
  rows.push({ speedup: (a.cpu + c.cpu) / (b.cpu + d.cpu), noise: a.cpu / c.cpu, sums: d.sums, tokens: d.ids.length });
  families.set(sample.family, rows);
  if (String(a.ids) === String(b.ids)) same++;
}

const mean = (numbers) => Math.exp(numbers.reduce((sum, number) => sum + Math.log(number), 0) / numbers.length);
const total = (rows, name) => rows.reduce((sum, { sums }) => sum + (sums[name] ?? 0), 0);
const share = (part, whole) => (whole > 0 ? (part / whole).toFixed(3) : '–');
console.log(`${cpus()[0].model}, ${engine.identity}`);
console.log(`${values.policy} ${values.params}: same tokens in ${same} of ${samples.length}`);
console.log(
  '| family | n | speed-up of decoding (least, most) | noise | accepted | per pass | exits |\n| :-- | --: | --: | --: | --: | --: | --: |',
);
let low = false;
for (const [family, rows] of families) {
  const speedups = rows.map(({ speedup }) => speedup);
  const range = `${Math.min(...speedups).toFixed(2)}, ${Math.max(...speedups).toFixed(2)}`;
  const accepted = share(total(rows, 'accepted'), total(rows, 'drafted'));
  const passes = total(rows, 'verify_passes');
  const rate = total(rows, 'accepted') / total(rows, 'drafted');
  const drafts = total(rows, 'drafted') / passes;
  const perPass =
    passes > 0
      ? `${(1 + total(rows, 'accepted') / passes).toFixed(2)} (${expectedTokens(rate, drafts).toFixed(2)})`
      : '–';
  const exits = share(total(rows, 'exits'), total(rows, 'exit_checks'));
  const noise = mean(rows.map((row) => row.noise)).toFixed(2);
  console.log(
    `| ${family} | ${rows.length} | ${mean(speedups).toFixed(2)} (${range}) | ${noise} | ${accepted} | ${perPass} | ${exits} |`,
  );
  if (values.policy === 'speculative_decoding' && ['copy', 'edit'].includes(family) && mean(speedups) < 1.5) low = true;
}
for (const other of others.values()) await other[Symbol.asyncDispose]();
await engine[Symbol.asyncDispose]();
process.exitCode = (policy.fidelity === 'exact' && same < samples.length) || low ? 1 : 0;
