/**
 * What do pruned prompts and KV budgets cost and save? Every setting writes the baseline's own answer token by token
 * (its logits are replaced by the answer's next token), so that all rows have equal length and positions:
 *
 *   npm run build && node perf/cut-prompts.mjs MODEL.gguf [--prompts FILE.jsonl | --tickets 34] [--samples 12] [--tokens 64]
 *     [--settings '[["adaptive_kv_static", {"ratio": 0.5}]]']
 *
 * Prompts: `extract`, lines with `prompt`, or lists of so many tickets to copy from (34: about 900 tokens). Settings run in random order beside the baseline, sample by sample.
 * - same: share of the answer's tokens that the cut cache finds most likely too, 95 % bootstrap interval over samples
 * - nats: mean loss of log-likelihood per token of the answer
 * - first, token: CPU of prompt and first token, and per further token, over the baseline's; medians of samples
 * - bytes: KV bytes held per decode step, over the baseline's; kept: the metric kept_ratio
 */
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { extractSamples } from '../dist/benchmarks/extract/samples.js';
import { createMeter, createRandom, shuffled, validate } from '../dist/core/index.js';
import { argmax } from '../dist/decode/index.js';
import { createEngine } from '../dist/engine/index.js';
import { findVariant } from '../dist/policies/index.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    prompts: { type: 'string' },
    tickets: { type: 'string' },
    samples: { type: 'string', default: '12' },
    tokens: { type: 'string', default: '64' },
    settings: { type: 'string' },
  },
});
const standard = [
  ['dynamic_pruning_top_p', {}],
  ['dynamic_pruning_top_p', { top_p: 0.99 }],
  ['dynamic_pruning_entropy', {}],
  ['adaptive_kv_static', {}],
  ['adaptive_kv_static', { ratio: 0.5 }],
  ['adaptive_kv_cosine', {}],
  ['adaptive_kv_cosine', { axis: 'step' }],
];
const settings = [['baseline', {}], ...(values.settings ? JSON.parse(values.settings) : standard)];
const engine = await createEngine(positionals[0]);
const cpu = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

function open(on, [name, params]) {
  const { policy, params: variant } = findVariant(name);
  return policy.engine.open(on, validate(policy.params, { ...variant, ...params }, name), {});
}

async function play(generate, call) {
  const meter = createMeter();
  const ids = [];
  let first;
  const begun = cpu();
  for await (const part of generate(call, { signal: new AbortController().signal, meter })) {
    first ??= cpu();
    if (part.type === 'text') ids.push(...part.ids);
  }
  return { ids, first: first - begun, rest: cpu() - first, ...meter.counters };
}

/** An engine whose logits say what the answer says; what they said themselves is noted. */
function forced(answer) {
  const seen = [];
  const told = new Float32Array(engine.model.vocabulary).fill(-100);
  let scoring = 0;
  const read = (output) => {
    if (output.logits.length === 0) return output;
    const begun = cpu();
    const id = answer[seen.length] ?? [...engine.tokenizer.endIds][0];
    const most = argmax(output.logits);
    let sum = 0;
    for (const logit of output.logits) sum += Math.exp(logit - output.logits[most]);
    seen.push({ same: most === id, nats: output.logits[id] - output.logits[most] - Math.log(sum) });
    told.fill(-100);
    told[id] = 100;
    scoring += cpu() - begun;
    return { ...output, logits: told };
  };
  const on = { ...engine, forward: (passes, then) => engine.forward(passes, (outputs) => then(outputs.map(read))) };
  return { on, seen, scoring: () => scoring };
}

const words = {
  customer: ['Lime Studio', 'Villa Rossa', 'Nordlicht Furniture', 'Harbor Foods', 'Pioneer Tools', 'Atlas Travel'],
  city: ['Ghent', 'Aarhus', 'Lund', 'Turin', 'Porto', 'Graz', 'Bergen', 'Nantes'],
  plan: ['bronze', 'silver', 'gold'],
  agent: ['Rosa', 'Paula', 'Tara', 'Simon', 'Carla', 'Lena'],
  issue: ['late delivery', 'broken hinge', 'wrong invoice', 'missing manual', 'login error', 'damaged box'],
};

function ticketList(count, draw) {
  const any = (list) => list[Math.floor(draw() * list.length)];
  const line = () => {
    const [customer, city, plan, agent, issue] = Object.values(words).map(any);
    return `Ticket ${1000 + Math.floor(draw() * 9000)}: ${customer}, ${city}, plan ${plan}, agent ${agent}, ${issue}.`;
  };
  const lines = Array.from({ length: count }, line).join('\n');
  return `Here is a list of tickets.\n\n${lines}\n\nPrint the first twelve lines of the list, word for word.`;
}

function readPrompts() {
  if (values.tickets) {
    const draw = createRandom(7);
    return Array.from({ length: Number(values.samples) }, () => ticketList(Number(values.tickets), draw));
  }
  if (!values.prompts) return extractSamples().map(({ messages }) => messages);
  const lines = readFileSync(values.prompts, 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line).prompt);
}

const prompts = readPrompts();
const calls = prompts.slice(0, Number(values.samples)).map((prompt) => ({
  messages: typeof prompt === 'string' ? [{ role: 'user', content: prompt }] : prompt,
  maxTokens: Number(values.tokens),
  temperature: 0,
  seed: 1,
}));

const random = createRandom(4);
const rows = settings.map(() => []);
const lengths = [];
for (const call of calls) {
  const { ids: answer, sums } = await play(open(engine, settings[0]), call);
  lengths.push(sums.prompt_tokens);
  for (const at of shuffled([...settings.keys()], random)) {
    const { on, seen, scoring } = forced(answer);
    const played = await play(open(on, settings[at]), call);
    const tokens = seen.slice(0, answer.length);
    rows[at].push({
      same: tokens.filter(({ same }) => same).length / tokens.length,
      nats: tokens.reduce((sum, { nats }) => sum - nats, 0) / tokens.length,
      first: played.first,
      token: (played.rest - scoring()) / Math.max(1, answer.length - 1),
      bytes: played.sums.kv_bytes_sum / played.sums.kv_steps,
      kept: (played.sums.kept_rows ?? 1) / (played.sums.offered_rows ?? 1),
    });
  }
}

const mean = (numbers) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
function interval(numbers) {
  const draws = Array.from({ length: 2000 }, () =>
    mean(numbers.map(() => numbers[Math.floor(random() * numbers.length)])),
  );
  draws.sort((a, b) => a - b);
  return `${draws[50].toFixed(2)}–${draws[1949].toFixed(2)}`;
}
const ratio = (at, field) => median(rows[at].map((row, sample) => row[field] / rows[0][sample][field])).toFixed(2);
console.log(`${calls.length} prompts of ${Math.min(...lengths)} to ${Math.max(...lengths)} tokens, ${cpus()[0].model}`);
console.log(
  '| setting | kept | same | nats | first × | token × | bytes × |\n| :-- | --: | --: | --: | --: | --: | --: |',
);
settings.forEach(([name, params], at) => {
  const same = rows[at].map((row) => row.same);
  const cells = [
    `\`${name}\` ${Object.entries(params)
      .map(([key, value]) => `${key} ${value}`)
      .join(', ')}`.trim(),
    mean(rows[at].map(({ kept }) => kept)).toFixed(2),
    `${mean(same).toFixed(2)} (${interval(same)})`,
    mean(rows[at].map((row, sample) => row.nats - rows[0][sample].nats)).toFixed(2),
    ratio(at, 'first'),
    ratio(at, 'token'),
    ratio(at, 'bytes'),
  ];
  console.log(`| ${cells.join(' | ')} |`);
});
await engine[Symbol.asyncDispose]();
