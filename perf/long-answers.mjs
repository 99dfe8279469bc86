/**
 * How long does each scorer take on an answer of 100 kB against a reference of 100 kB? Texts that are hard in different
 * ways: prose, one word again and again, lines, marks, plans.
 *
 *   npm run build && node perf/long-answers.mjs              prints a table
 *   npm run build && node perf/long-answers.mjs --write      also puts it into perf/results/long-answers.md
 */
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { createRandom } from '../dist/core/index.js';
import {
  chrf,
  coverages,
  exactReward,
  extractByRules,
  fuzzyReward,
  lexicons,
  normalisedMatch,
  parsePlan,
  readGoldPlan,
  refusesByRules,
  rouge,
  scorePlan,
  sentenceBleu,
  tokenF1,
} from '../dist/scorers/index.js';

const size = 100_000;
const random = createRandom(1);

/** Words of a vocabulary of 2,000, five in a row, until the text is long enough. */
function words(separator) {
  let text = '';
  for (let i = 1; text.length < size; i++) text += `w${Math.floor(random() * 2000)}${i % 5 === 0 ? separator : ' '}`;
  return text;
}
const repeated = (unit) => unit.repeat(Math.ceil(size / unit.length));
const steps = (count) => Array.from({ length: count }, (_, i) => `${i + 1}: Open the door number ${i % 50}`).join('\n');
const plan = (count) =>
  `Node:\n${steps(count)}\nEdges: ${Array.from({ length: count }, (_, i) => `(${i},${i + 1})`).join(' ')}`;

const pairs = {
  prose: [words(' '), words(' ')],
  'short lines': [words('\n'), words('\n')],
  'one word': [repeated('a '), repeated('a ')],
  'two words': [repeated('a b b '), repeated('b a a ')],
  'no spaces': [repeated('東京都'), repeated('京都東')],
  marks: [repeated('.'), repeated('.,')],
  'empty lines': [repeated('\n- '), repeated('* x\n\n')],
  capitals: [repeated('AB '), repeated('West ')],
  plan: [plan(2000), plan(2000)],
};
const gold = readGoldPlan(plan(60));

const scorers = {
  'rouge (1, 2, L)': (a, b) => rouge(a, b),
  'rouge Lsum': (a, b) => rouge(a, b).rougeLsum,
  BLEU: sentenceBleu,
  'chrF++': (a, b) => chrf(a, b, { wordOrder: 2 }),
  'token F1': tokenF1,
  'normalised match': normalisedMatch,
  'coverage, six lexicons': (a) => coverages(a, lexicons),
  'CRMArena, dictionary': fuzzyReward,
  'CRMArena, reply': (a, b) => exactReward('case_routing', a, [b], { extractor: 'llm', reply: a }),
  'CRMArena, rules': (a) => [extractByRules('best_region_identification', a), refusesByRules(a)],
  'WorfBench, 60 gold steps': (a) => scorePlan(gold, parsePlan(a)),
};

function milliseconds(run) {
  const started = process.cpuUsage();
  try {
    run();
  } catch (error) {
    if (error.code !== 'E_SCORE') throw error;
    return 'refused';
  }
  return Math.round(process.cpuUsage(started).user / 1000);
}

const rows = Object.entries(scorers).map(([name, score]) => {
  const times = Object.entries(pairs).map(([kind, [a, b]]) => [kind, milliseconds(() => score(a, b))]);
  const [slowest, most] = times.reduce((a, b) => (b[1] > a[1] ? b : a));
  const refused = times.filter(([, time]) => time === 'refused').map(([kind]) => kind);
  return `| ${name} | ${most} | ${slowest} | ${refused.join(', ') || '–'} |`;
});

const text = `# Long answers

CPU milliseconds of one comparison of 100 kB with 100 kB: the slowest of ${Object.keys(pairs).length} kinds of text. Made by
\`npm run build && node perf/long-answers.mjs --write\` on ${cpus()[0].model.trim()}, Node ${process.versions.node}, one run.

| score | most | of | refused |
| :-- | --: | :-- | :-- |
${rows.join('\n')}
`;
console.log(text);
if (process.argv.includes('--write')) writeFileSync(join(import.meta.dirname, 'results', 'long-answers.md'), text);
