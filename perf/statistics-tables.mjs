/**
 * Are the decisions of a whole table right together? Tables of eleven policies in three decision metrics (score, time,
 * cost), with and without an effect, under several corrections.
 *
 *   npm run perf:tables              prints the tables; exit code 1 where the bar is missed
 *   npm run perf:tables -- --write   also puts them into perf/results/tables.md
 *
 * A few minutes of CPU, in six threads. Each row has draws of its own from one seed: the same tables on every machine.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { compare, correctTable, holm, judge, signFlipP } from '../dist/stats/index.js';
import { logNormal, normal, random } from './statistics-data.mjs';

const policies = 11;
const sizes = [24, 50];
/** Tables without an effect for each row of the result, and tables with one. */
const [nullTables, effectTables] = [200, 100];
/** Of the tests: exact at any number of draws, so few will do. */
const draws = 1999;
/** Highest share of tables with a false claim, in percent: of all tables, and of a row, which chance may move. */
const bar = 5;
const rowBar = bar + 200 * Math.sqrt((0.05 * 0.95) / nullTables);

const metrics = {
  score: { better: 'more', margin: 0.02, scale: 'difference', bounded: true },
  time: { better: 'less', margin: 0.05, scale: 'ratio' },
  cost: { better: 'less', margin: 0.05, scale: 'ratio' },
};
const names = Object.keys(metrics);

/**
 * How a sample is played. `ability` is how sure the sample is answered right: the same for all policies, so scores go
 * together; a sample's size is shared by all times and costs; time and cost of one play go together by 0.8.
 */
const kinds = {
  'times, right or wrong': { score: (ability) => Number(normal() * 0.7 < ability), stall: () => 1 },
  'times with stalls, graded scores': {
    score: (ability) => 1 / (1 + Math.exp(-ability - 0.5 * normal())),
    stall: () => (random() < 0.05 ? 3 : 1),
  },
  'long tails, rare changes of the score': {
    score: (ability) => Number((random() < 0.15 ? normal() : ability) > 0),
    stall: () => logNormal(0.5),
  },
};

/** One play: { score, time, cost }. An effect of 0.1 is 10 % less time and cost, and one wrong answer in ten made right. */
function play(sample, kind, effect) {
  const [shared, own] = [normal(), normal()];
  const stall = kind.stall();
  const right = kind.score(sample.ability);
  return {
    score: random() < effect / Math.max(0.5, 1 - right) ? 1 : right,
    time: (1 - effect) * sample.size * Math.exp(0.1 * shared) * stall,
    cost: (1 - effect) * sample.size ** 0.9 * Math.exp(0.08 * (0.8 * shared + 0.6 * own)) * (0.2 + 0.8 * stall),
  };
}

const observe = (plays, metric) => plays.map((one, i) => ({ sample: String(i), repeat: 0, value: one[metric] }));

/** The family of one table: a comparison for each policy and metric. Only the first policy has the effect. */
function drawTable(n, kind, effect) {
  const samples = Array.from({ length: n }, () => ({ size: 100 * logNormal(0.8), ability: normal() }));
  const baseline = samples.map((sample) => play(sample, kind, 0));
  return Array.from({ length: policies }, (_, policy) => {
    const plays = samples.map((sample) => play(sample, kind, policy === 0 ? effect : 0));
    return names.map((metric) => ({
      ...{ policy, metric, true: policy === 0 && effect > 0 },
      values: observe(plays, metric),
      baseline: observe(baseline, metric),
    }));
  }).flat();
}

/** Hochberg's step-up correction (1988): the largest p first. Valid only where tests are independent, or nearly so. */
function hochberg(values) {
  const order = values.map((p, index) => ({ p, index })).sort((a, b) => b.p - a.p);
  const corrected = new Array(values.length);
  let running = 1;
  order.forEach(({ p, index }, rank) => {
    running = Math.min(running, p * (rank + 1));
    corrected[index] = running;
  });
  return corrected;
}

/** Step-down maximum of standardised sums (Westfall and Young 1993, algorithm 4.1), with the same shared sign flips. */
function maximumSum(tests) {
  const rows = tests.map(({ values, baseline }) => values.map(({ value }, i) => value - baseline[i].value));
  const scales = rows.map((row) => Math.sqrt(row.reduce((sum, value) => sum + value * value, 0)) || 1);
  const size = (row, test, signs) =>
    Math.abs(row.reduce((sum, value, i) => sum + value * (signs ? signs[i] : 1), 0)) / scales[test];
  const seen = rows.map((row, test) => size(row, test));
  const order = seen.map((_, test) => test).sort((a, b) => seen[a] - seen[b]);
  const counts = new Array(rows.length).fill(1);
  for (let draw = 0; draw < draws; draw++) {
    const signs = rows[0].map(() => (random() < 0.5 ? 1 : -1));
    let largest = 0;
    for (const test of order) {
      largest = Math.max(largest, size(rows[test], test, signs));
      counts[test] += largest >= seen[test] - 1e-12;
    }
  }
  let running = 0;
  for (const test of order.toReversed()) {
    running = Math.max(running, counts[test] / (draws + 1));
    counts[test] = running;
  }
  return counts;
}

const perMetric = (tests, correct) => {
  const corrected = new Array(tests.length);
  for (const metric of names) {
    const members = tests.flatMap((test, i) => (test.metric === metric ? [i] : []));
    const found = correct(members.map((i) => tests[i].p));
    members.forEach((at, i) => {
      corrected[at] = found[i];
    });
  }
  return corrected;
};

/** Corrections by name: tests of a table, with their p, to corrected p. */
const corrections = {
  none: (tests) => tests.map(({ p }) => p),
  'Holm in each metric (before)': (tests) => perMetric(tests, holm),
  'Holm over the table': (tests) => holm(tests.map(({ p }) => p)),
  'Hochberg over the table': (tests) => hochberg(tests.map(({ p }) => p)),
  'max sum, shared flips': (tests) => maximumSum(tests),
  'min p, shared flips (taken)': (tests) => correctTable(tests, random, draws),
};
/** The maximum of sums is slow here and is drawn for fewer tables. */
const slow = new Set(['max sum, shared flips']);
const slowTables = 100;

const isClaim = (verdict) => verdict === 'better' || verdict === 'worse';

/** Claims by correction: the tests that are called better or worse with the usual margins, and with margins of 0. */
function claimsOf(tests, withSlow) {
  for (const test of tests) {
    const differences = test.values.map(({ value }, i) => value - test.baseline[i].value);
    test.p = signFlipP(differences, random, draws);
    // A claim needs p ≤ 0.05 without any correction, too: nothing else has to be compared in full.
    if (test.p <= 0.05) test.comparison = compare(test.values, test.baseline, random, metrics[test.metric].scale);
  }
  return Object.entries(corrections).flatMap(([name, correct]) => {
    if (slow.has(name) && !withSlow) return [];
    const corrected = correct(tests);
    const claimsAt = (marginOf) =>
      tests.filter(({ comparison, metric }, i) => {
        const rules = { ...metrics[metric], margin: marginOf(metrics[metric]) };
        return comparison !== undefined && isClaim(judge(comparison, corrected[i], rules));
      });
    return [{ name, claimed: claimsAt(({ margin }) => margin), strict: claimsAt(() => 0) }];
  });
}

/** Counts by correction over many tables. */
function countTables(count, n, kind, effect) {
  const found = new Map(
    Object.keys(corrections).map((name) => [name, { tables: 0, wrong: 0, strictlyWrong: 0, shown: {} }]),
  );
  for (let table = 0; table < count; table++) {
    for (const { name, claimed, strict } of claimsOf(drawTable(n, kind, effect), table < slowTables)) {
      const counts = found.get(name);
      counts.tables++;
      counts.wrong += claimed.some((test) => !test.true);
      counts.strictlyWrong += strict.some((test) => !test.true);
      for (const test of claimed) if (test.true) counts.shown[test.metric] = (counts.shown[test.metric] ?? 0) + 1;
    }
  }
  return found;
}

const percent = (part, whole) => `${((100 * part) / whole).toFixed(1)} %`;
const missed = [];

/** What one row counts; the effect is 0 for a row of false claims. */
const rowsOf = (effects) =>
  effects.flatMap((effect) =>
    Object.keys(kinds)
      .filter((_, i) => effect === 0 || i === 0)
      .flatMap((kind) => sizes.map((n) => ({ kind, n, effect }))),
  );
const [nullRows, effectRows] = [rowsOf([0]), rowsOf([0.05, 0.1, 0.2])];

const countRow = ({ kind, n, effect }) => countTables(effect === 0 ? nullTables : effectTables, n, kinds[kind], effect);

/** Each row in a thread of its own, so many at once. */
const threads = 6;

async function countAll(rows) {
  const found = [];
  const waiting = [...rows.entries()];
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [at, row] = next;
      found[at] = await new Promise((resolve, reject) => {
        new Worker(new URL(import.meta.url), { workerData: row }).on('message', resolve).on('error', reject);
      });
    }
  };
  await Promise.all(Array.from({ length: threads }, work));
  return found;
}

/** `which`: false claims with the usual margins (`wrong`), or with margins of 0 (`strictlyWrong`). */
function falseRows(counted, which) {
  const taken = counted.map((found) => found.get('min p, shared flips (taken)')[which]);
  const rows = counted.map((found, i) => {
    const { kind, n } = nullRows[i];
    const share = percent(taken[i], nullTables);
    if ((100 * taken[i]) / nullTables > rowBar) missed.push(`${which}, ${kind}, n = ${n}: ${share}`);
    return [kind, n, ...[...found.values()].map((counts) => percent(counts[which], counts.tables))];
  });
  const all = taken.reduce((sum, wrong) => sum + wrong, 0);
  const share = percent(all, counted.length * nullTables);
  if ((100 * all) / (counted.length * nullTables) > bar) missed.push(`${which}, all rows: ${share}`);
  return { rows, all: share };
}

const powerRows = (counted) =>
  counted.flatMap((found, i) =>
    names.map((metric) => [
      ...[effectRows[i].n, `${100 * effectRows[i].effect} %`, metric],
      ...[...found.values()].map(({ shown, tables }) => percent(shown[metric] ?? 0, tables)),
    ]),
  );

function markdown(rows) {
  const [header, ...body] = rows.map((row) => `| ${row.join(' | ')} |`);
  return [header, `|${rows[0].map(() => ' --: |').join('')}`, ...body].join('\n');
}

async function resultText() {
  const counted = await countAll([...nullRows, ...effectRows]);
  const [usual, strict] = ['wrong', 'strictlyWrong'].map((which) =>
    falseRows(counted.slice(0, nullRows.length), which),
  );
  const header = ['data', 'n', ...Object.keys(corrections)];
  return `# Decisions of a whole table

Eleven policies in three decision metrics (score, time, cost) against one baseline: 33 comparisons. Made by
\`npm run perf:tables -- --write\`; the draws are seeded.

## Without an effect: tables with at least one false \`better\` or \`worse\`

${nullTables} tables a row (${slowTables} for the maximum of sums), so a share is known to about ± ${(196 * Math.sqrt((0.05 * 0.95) / nullTables)).toFixed(1)} points.
The bar for the correction that is taken is ${bar} % of all tables of a kind; a row may have up to ${rowBar.toFixed(1)} % by chance.

With the usual margins (time and cost 5 %, score 0.02), as a report has them: ${usual.all} of all tables.

${markdown([header, ...usual.rows])}

With margins of 0, so that nothing is called equivalent: ${strict.all} of all tables.

${markdown([header, ...strict.rows])}

## With an effect in one policy: how often it is shown

${effectTables} tables a row: the first policy takes 5, 10 or 20 % less time and cost, and its score is better by about
half as many points; the other ten do nothing. Data: ${Object.keys(kinds)[0]}. The usual margins.

${markdown([['n', 'effect', 'metric', ...Object.keys(corrections)], ...powerRows(counted.slice(nullRows.length))])}
`;
}

if (isMainThread) {
  const text = await resultText();
  console.log(text);
  console.log(`${(process.cpuUsage().user / 1e6).toFixed(0)} s of CPU`);
  for (const line of missed) console.log(`MISSED ${line}`);
  if (process.argv.includes('--write')) writeFileSync(join(import.meta.dirname, 'results', 'tables.md'), text);
  process.exitCode = missed.length > 0 ? 1 : 0;
} else parentPort?.postMessage(countRow(workerData));
