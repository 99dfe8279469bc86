/**
 * Do the intervals of seconds per correct answer keep their 95 %? Samples with a known truth are drawn and the runs counted
 * whose interval holds it: of one policy, and of its ratio to the baseline's over the same samples.
 *
 *   npm run perf:per-correct              prints the table; exit code 1 where the bar is missed
 *   npm run perf:per-correct -- --write   also puts it into perf/results/per-correct.md
 *
 * About two minutes of CPU. All draws are seeded: the same table on every machine.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fewestCorrect } from '../dist/report/per-correct.js';
import { fewestDiffering, meanProductInterval, studentQuantile } from '../dist/stats/index.js';
import { logNormal, normal, random } from './statistics-data.mjs';

const sizes = [20, 24, 50, 100];
const rights = [0.05, 0.1, 0.3, 0.7, 0.95];
/** How often the policy is right, of what the baseline is: on the same samples but for a few, or on others. */
const cases = { 'loses one in ten': 0.9, 'right on others': 1 };
const runs = 300;
/** A share of fewer runs says nothing. */
const fewestCounted = 150;
/** Below it an interval claims too much. Three points lower than 95 % is about twice the error of a share of 300 runs. */
const bar = 92;

/** The policy takes 0.8 of the time. @param kept share of the baseline's right answers; 1: right as often, on other samples */
function drawSample(right, kept) {
  const length = Math.exp(0.8 * normal());
  const luck = random();
  const time = (isRight) => (isRight ? 0.8 : 1.2) * length;
  const [baseline, policy] = [luck < right, kept < 1 ? luck < kept * right : random() < right];
  return {
    ...{ score: baseline ? 1 : 0, time: time(baseline) * logNormal(0.1) },
    ...{ policyScore: policy ? 1 : 0, policyTime: 0.8 * time(policy) * logNormal(0.1) },
  };
}

const meanLength = Math.exp(0.32 + 0.005);
const meanTime = (right) => meanLength * (0.8 * right + 1.2 * (1 - right));
const truths = (right, kept) => {
  const own = meanTime(right) / right;
  return { own, ratio: (0.8 * meanTime(kept * right)) / (kept * right) / own };
};

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Delta method with Student's t, and Fieller's set: the candidates that were not taken. */
function others(times, scores, truth) {
  const n = times.length;
  const quantile = studentQuantile(0.975, n - 1);
  const [time, score] = [mean(times), mean(scores)];
  const errorOf = (values) => {
    const centre = mean(values);
    return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (n - 1) / n);
  };
  const delta = errorOf(times.map((value, i) => value / time - scores[i] / score));
  const gaps = times.map((value, i) => value - truth * scores[i]);
  return {
    delta: Math.abs(Math.log(time / score / truth)) <= quantile * delta,
    fieller: Math.abs(mean(gaps)) <= quantile * errorOf(gaps),
  };
}

const percent = (count, of) => (of < fewestCounted ? '–' : `${((100 * count) / of).toFixed(1)} %`);
const rows = [];
let lowest = 100;
for (const [policy, kept] of Object.entries(cases))
  for (const right of rights) {
    for (const n of sizes) {
      const truth = truths(right, kept);
      const found = { counted: 0, own: 0, delta: 0, fieller: 0, pairs: 0, ratio: 0 };
      for (let run = 0; run < runs; run++) {
        const samples = Array.from({ length: n }, () => drawSample(right, kept));
        const column = (name) => samples.map((sample) => sample[name]);
        const [times, scores, policyTimes, policyScores] = ['time', 'score', 'policyTime', 'policyScore'].map(column);
        const sum = (values) => values.reduce((total, value) => total + value, 0);
        if (sum(scores) < fewestCorrect) continue;
        found.counted++;
        /** @type {import('../dist/stats/mean-product.js').Factor[]} */
        const own = [
          { values: times, power: 1 },
          { values: scores, power: -1 },
        ];
        const holds = ({ low, high }, value) => low <= value && value <= high;
        if (holds(meanProductInterval(own, random), truth.own)) found.own++;
        for (const [name, isIn] of Object.entries(others(times, scores, truth.own))) if (isIn) found[name]++;
        if (sum(policyScores) < fewestCorrect) continue;
        if (scores.filter((score, i) => score !== policyScores[i]).length < fewestDiffering) continue;
        found.pairs++;
        /** @type {import('../dist/stats/mean-product.js').Factor[]} */
        const ratio = [
          { values: policyTimes, power: 1 },
          { values: policyScores, power: -1 },
          { values: times, power: -1 },
          { values: scores, power: 1 },
        ];
        if (holds(meanProductInterval(ratio, random), truth.ratio)) found.ratio++;
      }
      for (const [count, of] of [
        [found.own, found.counted],
        [found.ratio, found.pairs],
      ])
        if (of >= fewestCounted) lowest = Math.min(lowest, (100 * count) / of);
      const { counted, pairs } = found;
      rows.push(
        [
          policy,
          `${100 * right} %`,
          n,
          ...['own', 'delta', 'fieller'].map((name) => percent(found[name], counted)),
          percent(found.ratio, pairs),
          `${(100 - (100 * counted) / runs).toFixed(0)} %`,
          `${(100 - (100 * pairs) / runs).toFixed(0)} %`,
        ].join(' | '),
      );
    }
  }

const text = `# Intervals of what a correct answer costs

How often the 95 % interval of \`seconds_per_correct\` holds the truth, and that of its ratio to the baseline's. Made by
\`npm run perf:per-correct -- --write\`; the draws are seeded. ${runs} runs a row, so a share near 95 % is known to about
± 2.5 points. The bar is ${bar} %. The lowest of ttcbench's two columns is ${lowest.toFixed(1)} %.

Times are log-normal (σ = 0.8). A wrong answer takes 1.5 times as long as a right one. The policy takes 0.8 of the
baseline's time. It loses one in ten of the baseline's right answers, or is right as often on other samples. Withheld: fewer
than ${fewestCorrect} correct answers, so no interval is given; of a ratio also where fewer than ${fewestDiffering} samples differ in score.

| the policy | right | n | ttcbench | delta method | Fieller | ttcbench, ratio to the baseline | withheld | ratio withheld |
| --- | --: | --: | --: | --: | --: | --: | --: | --: |
${rows.map((row) => `| ${row} |`).join('\n')}
`;
console.log(text);
if (process.argv.includes('--write')) writeFileSync(join(import.meta.dirname, 'results', 'per-correct.md'), text);
if (lowest < bar) process.exitCode = 1;
