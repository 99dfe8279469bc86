/**
 * Does the gate of `ttcbench compare` keep its word? Pairs of runs with a known change: how often it fails though nothing
 * changed, at the very limit, and where it has to fail.
 *
 *   npm run perf:gate              prints the table; exit code 1 where a bar is missed
 *   npm run perf:gate -- --write   also puts it into perf/results/gate.md
 *
 * About four minutes of CPU. All draws are seeded: the same table on every machine.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRandom } from '../dist/core/index.js';
import { collectRows, compareRuns, parseCondition } from '../dist/report/index.js';
import { bareRun, createMeasure, inPairs, measureTrials } from '../dist/rows/index.js';
import { nullTable } from '../test/support/null-table.mjs';

const policies = ['a', 'b', 'c', 'd'];
const pairs = 200;
const conditions = ['generation_time > 1.05x', 'reward < -0.02'].map(parseCondition);
/** Highest share of pairs with a false alarm, lowest with a true one, in percent. */
const [mostFalse, leastTrue] = [5, 80];

/** Draws the same samples for both runs; the second run's first policy takes `change` times as long. */
async function runOf(label, seed, samples, change, isSame) {
  const names = Array.from({ length: samples }, (_, i) => `s${i}`);
  const trials = nullTable(createRandom(seed), { samples, policies: ['a', ...policies.slice(1)], effect: 1 - change });
  const known = new Map(names.map((id) => [id, { id, prompt: '', reference: 'yes' }]));
  const measure = createMeasure({ run: label, samples: new Map([['b', known]]), headlines: { b: 'exact_match' } });
  const run = bareRun({ id: label, order: { benchmarks: [], policies } });
  const collected = await collectRows(measureTrials(inPairs(trials), measure), { run });
  const texts = new Map(names.map((id) => [id, isSame ? id : `${label} ${id}`]));
  const input = { run: { id: label }, collected, headlines: measure.headlines };
  return { label, input, samples: new Map([['b', texts]]), facts: {} };
}

const scenarios = [
  { name: 'nothing changed', change: 1, isFalse: true },
  { name: 'one policy exactly at the limit, 5 % slower', change: 1.05, isFalse: true },
  { name: 'one policy 15 % slower', change: 1.15 },
  { name: 'one policy 25 % slower', change: 1.25 },
  { name: 'nothing changed, other samples', change: 1, isFalse: true, isUnpaired: true },
];

const rows = [];
let worst = 0;
let weakest = 100;
for (const samples of [24, 50])
  for (const { name, change, isFalse, isUnpaired } of scenarios) {
    let failed = 0;
    let unclear = 0;
    for (let pair = 0; pair < pairs; pair++) {
      const seed = 10_000 * samples + pair;
      // Same seed, same samples: only what a trial's own luck adds is drawn anew.
      const first = await runOf('first', seed, samples, 1, !isUnpaired);
      const second = await runOf('second', isUnpaired ? seed + 1_000_000 : seed, samples, change, !isUnpaired);
      const wobble = createRandom(seed + 5_000_000);
      for (const { cells } of second.input.collected.groups)
        for (const { values } of cells)
          for (const time of [values.get('generation_time')])
            if (time && !isUnpaired) for (let i = 0; i < time.length; i++) time[i] *= Math.exp(0.1 * noise(wobble));
      const { checks } = compareRuns([first, second], { conditions });
      const about = isFalse ? checks : checks.filter(({ policy_name }) => policy_name === 'a');
      if (about.some(({ result }) => result === 'failed')) failed++;
      unclear += checks.filter(({ result }) => result === 'unclear').length / checks.length;
    }
    const share = (100 * failed) / pairs;
    if (isFalse) worst = Math.max(worst, share);
    else if (change >= 1.25) weakest = Math.min(weakest, share);
    rows.push(`| ${samples} | ${name} | ${share.toFixed(1)} % | ${((100 * unclear) / pairs).toFixed(0)} % |`);
  }

function noise(random) {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

const text = `# The gate of \`ttcbench compare\`

How often the gate fails. Two runs of four policies and a baseline, held to \`generation_time > 1.05x\` and \`reward < -0.02\`:
ten checks together. Made by \`npm run perf:gate -- --write\`; the draws are seeded, ${pairs} pairs of runs a row, so a share near
5 % is known to about ± 3 points. Bars: at most ${mostFalse} % where nothing is beyond its limit, at least ${leastTrue} % where a policy is
25 % slower. Times of a sample differ by about 10 % between runs; scores are equal but where samples are others.

| samples | what changed | the gate fails | checks that are unclear |
| --: | --- | --: | --: |
${rows.join('\n')}
`;
console.log(text);
if (process.argv.includes('--write')) writeFileSync(join(import.meta.dirname, 'results', 'gate.md'), text);
if (worst > mostFalse || weakest < leastTrue) process.exitCode = 1;
