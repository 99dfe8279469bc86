/**
 * How often is a decision of a report false where no policy does anything? Real reports of eleven policies over drawn
 * trials: the headline score, the time and CPU seconds of each against the baseline, corrected together.
 *
 *   npm run perf:null-reports              prints the tables; exit code 1 where the bar is missed
 *   npm run perf:null-reports -- --write   also puts them into perf/results/null-reports.md
 *
 * About ten minutes of CPU. All draws are seeded: the same reports on every machine.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRandom } from '../dist/core/index.js';
import { buildReport, collectRows } from '../dist/report/index.js';
import { bareRun, createMeasure, inPairs, measureTrials } from '../dist/rows/index.js';
import { claimsOf, nullTable } from '../test/support/null-table.mjs';

const policies = Array.from({ length: 11 }, (_, i) => `p${i}`);
const sizes = [24, 50];
const [nullTables, effectTables] = [200, 50];
const effect = 0.1;
/** Highest share of reports with a false decision, in percent. */
const bar = 5;

/** Margins of 0: nothing is called equivalent, and every false claim is seen. */
const margin = Object.fromEntries(
  ['latency', 'throughput', 'quality', 'business', 'work', 'cost'].map((group) => [group, 0]),
);

async function reportOf(seed, samples, saved) {
  const trials = nullTable(createRandom(seed), { samples, policies, effect: saved });
  const known = new Map(
    Array.from({ length: samples }, (_, i) => [`s${i}`, { id: `s${i}`, prompt: '', reference: 'yes' }]),
  );
  const measure = createMeasure({ run: 'r', samples: new Map([['b', known]]), headlines: { b: 'exact_match' } });
  const run = bareRun({ id: 'r', order: { benchmarks: [], policies } });
  const collected = await collectRows(measureTrials(inPairs(trials), measure), { run });
  return buildReport({ run: { id: 'r' }, collected, headlines: measure.headlines, margin });
}

const percent = (count, of) => `${((100 * count) / of).toFixed(1)} %`;
const row = (cells) => `| ${cells.join(' | ')} |`;

const rows = [];
let worst = 0;
for (const samples of sizes) {
  const found = { decisions: 0, holm: 0, uncorrected: 0, anywhere: 0 };
  for (let i = 0; i < nullTables; i++) {
    const claims = claimsOf(await reportOf(1000 * samples + i, samples, 0));
    for (const name of Object.keys(found)) if (claims[name].length > 0) found[name]++;
  }
  worst = Math.max(worst, (100 * found.decisions) / nullTables);
  const shares = [found.decisions, found.holm, found.uncorrected, found.anywhere].map((one) =>
    percent(one, nullTables),
  );
  rows.push(row([samples, ...shares]));
}
const power = [];
for (const samples of sizes) {
  const found = { decisions: {}, holm: {} };
  for (let i = 0; i < effectTables; i++) {
    const claims = claimsOf(await reportOf(1_000_000 + 1000 * samples + i, samples, effect));
    for (const by of Object.keys(found))
      for (const { policy_name, metric } of claims[by])
        if (policy_name === 'p0') found[by][metric] = (found[by][metric] ?? 0) + 1;
  }
  for (const [metric, words] of [
    ['generation_time', 'time'],
    ['cpu_seconds', 'CPU'],
  ])
    power.push(
      row([samples, words, ...['decisions', 'holm'].map((by) => percent(found[by][metric] ?? 0, effectTables))]),
    );
}

const text = `# Decisions of real reports

Eleven policies against one baseline: the headline score, the time and CPU seconds of each, 33 decisions a report. Made by
\`npm run perf:null-reports -- --write\`; the draws are seeded. Margins are 0, so that nothing is called equivalent.

## Without an effect: reports with at least one false \`better\` or \`worse\`

${nullTables} reports a row, so a share near 5 % is known to about ± ${(196 * Math.sqrt((0.05 * 0.95) / nullTables)).toFixed(1)} points. The bar is ${bar} % of reports with a false decision.

| samples | among the decisions | the same by Holm in each metric | the same uncorrected | anywhere in the report, exploratory verdicts too |
| --: | --: | --: | --: | --: |
${rows.join('\n')}

## With an effect in one policy: how often it is shown

${effectTables} reports a row; the first policy takes ${100 * effect} % less time and CPU, the other ten do nothing.

| samples | metric | as a decision | by Holm in each metric |
| --: | --- | --: | --: |
${power.join('\n')}
`;
console.log(text);
if (process.argv.includes('--write')) writeFileSync(join(import.meta.dirname, 'results', 'null-reports.md'), text);
if (worst > bar) process.exitCode = 1;
