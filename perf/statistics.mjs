/**
 * Does src/stats keep its promises? Coverage of the 95 % intervals, type-I error of test and verdicts, power, blocks.
 *
 *   npm run perf:statistics                 prints the tables and what they say; exit code 1 where a bar is missed
 *   npm run perf:statistics -- --write      also puts them into docs/statistics.md
 *
 * One core, about four minutes. All draws are seeded: the same tables on every machine.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  compare,
  fewestBlocks,
  fewestDiffering,
  fewestSamples,
  holm,
  judge,
  mean,
  normalDistribution,
  normalQuantile,
  pairedIntervals,
  quantileSorted,
  samplesToShow,
  signFlipP,
  standardDeviation,
  studentQuantile,
} from '../dist/stats/index.js';
import {
  draw,
  equalMeans,
  families,
  logNormal,
  normal,
  nothing,
  random,
  rare,
  stalling,
  times,
} from './statistics-data.mjs';
import { highest, highestError, lowest, wordsOf } from './statistics-words.mjs';

const resamples = 1000;
const sizes = [10, 20, 50, 200];
const experiments = { 10: 1500, 20: 3000, 50: 2000, 200: 1500 };
/** A share of fewer runs says nothing. */
const fewestCounted = 200;
/** Of the test: the error of its 5 % is 0.15 points at 20,000. It is exact at any number of draws, so few will do. */
const tests = 20_000;
const draws = 999;

/** The candidates that were not taken, for the mean of differences. */
function otherIntervals(differences) {
  const n = differences.length;
  const centre = mean(differences);
  const error = standardDeviation(differences) / Math.sqrt(n);
  const means = new Float64Array(resamples);
  const studentised = new Float64Array(resamples);
  for (let b = 0; b < resamples; b++) {
    let sum = 0;
    let squares = 0;
    for (let i = 0; i < n; i++) {
      const deviation = differences[Math.floor(random() * n)] - centre;
      sum += deviation;
      squares += deviation * deviation;
    }
    const shift = sum / n;
    const variance = (squares - n * shift * shift) / (n - 1) / n;
    means[b] = centre + shift;
    studentised[b] = variance > 1e-18 ? shift / Math.sqrt(variance) : shift * 1e9;
  }
  means.sort();
  studentised.sort();
  const student = studentQuantile(0.975, n - 1) * error;
  return {
    'bootstrap-t': [
      centre - error * quantileSorted(studentised, 0.975),
      centre - error * quantileSorted(studentised, 0.025),
    ],
    BCa: bca(differences, means, centre),
    Student: [centre - student, centre + student],
  };
}

/** Bias-corrected and accelerated (Efron 1987); ties count half. */
function bca(differences, sortedMeans, centre) {
  let below = 0;
  for (const value of sortedMeans) below += value < centre ? 1 : value === centre ? 0.5 : 0;
  const bias = normalQuantile(Math.min(1 - 1e-9, Math.max(1e-9, below / sortedMeans.length)));
  let squares = 0;
  let cubes = 0;
  for (const value of differences) {
    squares += (value - centre) ** 2;
    cubes += (value - centre) ** 3;
  }
  if (squares === 0) return [centre, centre];
  const acceleration = cubes / (6 * squares ** 1.5);
  const end = (z) =>
    quantileSorted(sortedMeans, normalDistribution(bias + (bias + z) / (1 - acceleration * (bias + z))));
  return [end(-1.959963984540054), end(1.959963984540054)];
}

const covers = ([low, high], truth) => low <= truth && truth <= high;

/**
 * Coverage in percent of every method. Scores of which fewer than six differ get no verdict, so they are drawn anew;
 * `withheld` is their share. Nothing where hardly a run gets a verdict.
 * @param {{ pair: () => number[]; difference?: number; ratio?: number; score?: boolean }} family
 * @param {number} n
 * @returns {{ withheld: number; [method: string]: any }}
 */
function coverage({ pair, difference, ratio, score }, n) {
  const hits = {};
  const widths = {};
  let [count, drawn] = [0, 0];
  while (count < experiments[n] && drawn < 100 * experiments[n]) {
    const { values, baseline } = draw(pair, n);
    drawn++;
    if (score && values.filter((value, i) => value !== baseline[i]).length < fewestDiffering) continue;
    count++;
    const taken = pairedIntervals(values, baseline, random, resamples);
    const found = difference === undefined ? { taken: ends(taken.ratio) } : { taken: ends(taken.difference) };
    if (difference !== undefined) Object.assign(found, otherIntervals(values.map((value, i) => value - baseline[i])));
    for (const [method, interval] of Object.entries(found)) {
      hits[method] = (hits[method] ?? 0) + covers(interval, difference ?? ratio);
      widths[method] ??= [];
      widths[method].push(interval[1] - interval[0]);
    }
  }
  const withheld = 100 * (1 - count / drawn);
  if (count < fewestCounted) return { withheld };
  const median = (method) => widths[method].sort((a, b) => a - b)[count >> 1];
  const found = Object.keys(hits).map((method) => [
    method,
    { covered: (100 * hits[method]) / count, width: median(method) },
  ]);
  return { ...Object.fromEntries(found), withheld };
}

/** @returns {[low: number, high: number]} */
const ends = ({ low, high }) => [low, high];

const missed = [];
const bar = (holds, text) => {
  if (!holds) missed.push(text);
};

function coverageRows() {
  const rows = Object.entries({ ...families, ...rare }).flatMap(([name, family]) =>
    sizes.map((n) => {
      const { withheld, ...found } = coverage(family, n);
      return { name, n, rare: name in rare, withheld, found };
    }),
  );
  for (const { name, n, rare, found } of rows) {
    if (rare || n < fewestSamples) continue;
    const { covered } = found.taken;
    bar(covered >= lowest && covered <= highest(n), `coverage of ${name}, n = ${n}: ${covered} %`);
  }
  return rows;
}

function coverageTable(rows) {
  const header = ['data', 'n', 'ttcbench', 'bootstrap-t', 'BCa', "Student's t", 'width to Student', 'withheld'];
  const body = rows.map(({ name, n, withheld, found }) => [
    ...[name, n],
    ...['taken', 'bootstrap-t', 'BCa', 'Student'].map((method) => percent(found[method]?.covered)),
    found.Student ? (found.taken.width / found.Student.width).toFixed(2) : '–',
    withheld === 0 ? '–' : percent(withheld, 0),
  ]);
  return [header, ...body];
}

const percent = (value, digits = 1) => (value === undefined ? '–' : `${value.toFixed(digits)} %`);

/** How often the test rejects, and how often the interval of each scale agrees. */
function errorRow(name, pair, n, count) {
  const shown = { difference: 0, ratio: 0 };
  let [rejected, hasRatio] = [0, false];
  for (let experiment = 0; experiment < count; experiment++) {
    const { values, baseline } = draw(pair, n);
    const differences = values.map((value, i) => value - baseline[i]);
    if (signFlipP(differences, random, draws) > 0.05) continue;
    rejected++;
    if (n < fewestSamples) continue;
    const { difference, ratio } = pairedIntervals(values, baseline, random, resamples);
    shown.difference += Number(excludes(difference, 0));
    shown.ratio += Number(excludes(ratio, 1));
    hasRatio ||= ratio.low !== null;
  }
  const share = (hits) => (100 * hits) / count;
  const found = { name, n, rejected: share(rejected) };
  if (n < fewestSamples) return found;
  return { ...found, difference: share(shown.difference), ...(hasRatio && { ratio: share(shown.ratio) }) };
}

const excludes = ({ low, high }, value) => low !== null && (low > value || high < value);

function errorRows() {
  const fair = Object.entries(nothing).flatMap(([name, pair]) =>
    sizes.map((n) => ({ ...errorRow(name, pair, n, tests), exchangeable: true })),
  );
  for (const { name, n, rejected } of fair)
    bar(rejected <= highestError, `type-I error of ${name}, n = ${n}: ${rejected} %`);
  const unfair = Object.entries(equalMeans).flatMap(([name, pair]) =>
    [20, 200].map((n) => errorRow(name, pair, n, tests / 4)),
  );
  return [...fair, ...unfair];
}

function errorTable(rows) {
  const header = ['data without an effect', 'n', 'p ≤ 0.05', 'and difference excludes 0', 'and ratio excludes 1'];
  const body = rows.map(({ name, n, rejected, difference, ratio }) => [
    ...[name, n, percent(rejected)],
    ...(n < fewestSamples ? ['too few samples', 'too few samples'] : [percent(difference), percent(ratio)]),
  ]);
  return [header, ...body];
}

const observe = (numbers) => Array.from(numbers, (value, i) => ({ sample: String(i), repeat: 0, value }));
/** @type {import('../dist/stats/index.js').Rules} */
const timeRules = { better: 'less', margin: 0.05, scale: 'ratio' };

/** Ten policies without an effect against one baseline: how often does any of them look better or worse? */
function familyError() {
  const count = 1000;
  let wrong = 0;
  for (let experiment = 0; experiment < count; experiment++) {
    const base = Float64Array.from({ length: 24 }, () => 100 * logNormal(0.8));
    const play = () => observe(base.map((value) => value * logNormal(0.1)));
    const baseline = play();
    const compared = Array.from({ length: 10 }, () => compare(play(), baseline, random, 'ratio'));
    const corrected = holm(compared.map(({ p }) => p));
    const verdicts = compared.map((comparison, i) => judge(comparison, corrected[i], { ...timeRules, margin: 0 }));
    wrong += Number(verdicts.some((verdict) => verdict === 'better' || verdict === 'worse'));
  }
  const share = (100 * wrong) / count;
  bar(share <= highestError, `family-wise error: ${share} %`);
  return ['ten policies without an effect, n = 24: any `better` or `worse`', `${share.toFixed(1)} %`, '≤ 5.5 %'];
}

/** A policy that is exactly the margin away must not often be called equivalent. */
function falseEquivalence() {
  const count = 2000;
  let wrong = 0;
  for (let experiment = 0; experiment < count; experiment++) {
    const base = Float64Array.from({ length: 24 }, () => 100 * logNormal(0.8));
    const policy = base.map((value) => (1.05 * value * logNormal(0.1)) / Math.exp(0.005));
    const comparison = compare(observe(policy), observe(base), random, 'ratio');
    wrong += Number(judge(comparison, comparison.p, timeRules) === 'equivalent');
  }
  const share = (100 * wrong) / count;
  bar(share <= highestError, `false equivalence: ${share} %`);
  return ['a policy that is 5 % slower, margin 5 %, n = 24: `equivalent`', `${share.toFixed(1)} %`, '≤ 5.5 %'];
}

/** With the samples that `samplesToShow` asks for, the test shows a difference of 5 % four times in five. */
function power() {
  const count = 1000;
  const n = samplesToShow(0.05, 0.1);
  let shown = 0;
  for (let experiment = 0; experiment < count; experiment++) {
    const differences = Float64Array.from({ length: n }, () => 0.05 + 0.1 * normal());
    shown += Number(signFlipP(differences, random) <= 0.05);
  }
  const share = (100 * shown) / count;
  bar(share >= 76 && share <= 84, `power at n = ${n}: ${share} %`);
  return [`the test, half a standard deviation, at the ${n} samples asked for: p ≤ 0.05`, percent(share), '80 ± 4 %'];
}

/** The same for the verdict on a time, whose interval has to agree; a tenth of spread weighs more in long samples. */
function verdictPower() {
  const count = 1000;
  const n = samplesToShow(0.05, 0.1 * Math.exp(0.32));
  let shown = 0;
  for (let experiment = 0; experiment < count; experiment++) {
    const base = Float64Array.from({ length: n }, () => 100 * logNormal(0.8));
    const policy = base.map((value) => (0.95 * value * logNormal(0.1)) / Math.exp(0.005));
    const comparison = compare(observe(policy), observe(base), random, 'ratio');
    shown += Number(judge(comparison, comparison.p, timeRules) === 'better');
  }
  return [
    `a policy that is 5 % faster, at the ${n} samples asked for: \`better\``,
    percent((100 * shown) / count),
    '–',
  ];
}

/** Samples that eight and two slots are offered at once. */
const blockSizes = [32, 8];
/** Sums over the samples of a block. */
function block(pair, size) {
  let [policy, baseline] = [0, 0];
  for (let i = 0; i < size; i++) {
    const [one, other] = pair();
    policy += one;
    baseline += other;
  }
  return [policy, baseline];
}

/** Stalls on either side, without an effect. */
function stallingAlike() {
  const [a, b] = stalling();
  return random() < 0.5 ? [a / 0.9, b] : [b, a / 0.9];
}

/** Name, pair, its true ratio, and a pair without an effect. */
const blockKinds = [
  ['times, shared spread', times, 0.9, nothing['times, shared spread']],
  ['times with stalls', stalling, 0.9, stallingAlike],
  ['two log-normals, σ = 1', families['two log-normals, σ = 1, ratio'].pair, 1.1, nothing['log-normal, σ = 1']],
];

/**
 * Does the interval of a makespan cover, and how often does a batch without an effect look better or worse?
 * @param {any[]} kind its name, how its pairs are drawn, their ratio, and how equal ones are drawn
 */
function blockRow([name, pair, ratio, equal], size, n) {
  const count = 2000;
  let [covered, wrong] = [0, 0];
  for (let experiment = 0; experiment < count; experiment++) {
    const { values, baseline } = draw(() => block(pair, size), n);
    covered += Number(covers(ends(pairedIntervals(values, baseline, random, resamples).ratio), ratio));
    const same = draw(() => block(equal, size), n);
    const comparison = compare(observe(same.values), observe(same.baseline), random, 'ratio');
    const verdict = judge(comparison, comparison.p, { ...timeRules, margin: 0, fewest: fewestBlocks });
    wrong += Number(verdict === 'better' || verdict === 'worse');
  }
  const [share, error] = [(100 * covered) / count, (100 * wrong) / count];
  bar(share >= lowest, `coverage of blocks of ${size}, ${name}, n = ${n}: ${share} %`);
  bar(error <= highestError, `verdicts on blocks of ${size}, ${name}, n = ${n}: ${error} %`);
  return [name, size, n, percent(share), percent(error)];
}

function blockTable() {
  const rows = blockSizes.flatMap((size) =>
    blockKinds.flatMap((kind) => [fewestBlocks, 2 * fewestBlocks].map((n) => blockRow(kind, size, n))),
  );
  return [['samples', 'of each block', 'blocks', 'coverage of the ratio', 'no effect: `better` or `worse`'], ...rows];
}

function markdown(rows) {
  const [header, ...body] = rows.map((row) => `| ${row.join(' | ')} |`);
  const line = `| ${rows[0].map((_, i) => (i === 0 ? ':--' : '--:')).join(' | ')} |`;
  return [header, line, ...body].join('\n');
}

const started = process.cpuUsage();
const [covered, errors] = [coverageRows(), errorRows()];
const tables = [
  '### In words',
  wordsOf(covered, errors, fewestSamples),
  '### Coverage of the 95 % interval',
  markdown(coverageTable(covered)),
  '### Type-I error',
  markdown(errorTable(errors)),
  '### Verdicts and power',
  markdown([['what', 'measured', 'required'], familyError(), falseEquivalence(), power(), verdictPower()]),
  '### Blocks',
  markdown(blockTable()),
].join('\n\n');
const seconds = process.cpuUsage(started).user / 1e6;
console.log(tables);
console.log(`\n${seconds.toFixed(0)} s of CPU`);
for (const text of missed) console.log(`MISSED ${text}`);
if (process.argv.includes('--write')) write(tables);
process.exitCode = missed.length > 0 ? 1 : 0;

function write(text) {
  const file = join(import.meta.dirname, '..', 'docs', 'statistics.md');
  const [start, end] = ['<!-- tables: npm run perf:statistics -- --write -->', '<!-- end of tables -->'];
  const page = readFileSync(file, 'utf8');
  const before = page.slice(0, page.indexOf(start) + start.length);
  writeFileSync(file, `${before}\n\n${text}\n\n${page.slice(page.indexOf(end))}`);
}
