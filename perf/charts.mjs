/**
 * What do charts and page add to a report of 200,000 trials a policy, 11 policies?
 *
 *   npm run build && node perf/charts.mjs [--trials 200000] [--policies 11]
 *
 * The rows of each policy are there already, as a report has them: two columns of numbers. Measured are the sums over
 * trials (a trial of 35 counters and two tallies, read again and again), the aggregates, and drawing.
 */
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { createRandom } from '../dist/core/index.js';
import { reportPage } from '../dist/report/html/report-page.js';
import { chartsOfReport, counterTables, createWorkTables } from '../dist/report/index.js';
import { openDocument } from '../dist/report/open-charts.js';

const { values } = parseArgs({
  options: { trials: { type: 'string', default: '200000' }, policies: { type: 'string', default: '11' } },
});
const [trials, policies] = [Number(values.trials), Number(values.policies)];
const random = createRandom(1);
const names = Array.from({ length: policies }, (_, i) =>
  i === 0 ? 'baseline' : `speculative_decoding[max_draft=${i}]`,
);
/** @type {any} */
const about = { benchmark: 'extract', backend: 'ggml', model: 'm', realisation: 'engine', fidelity: 'exact' };

function trialOf(policy_name, i) {
  const counters = { sums: {}, tallies: { exit_layer: {}, kept_at_layer: {} }, calls: [] };
  for (let at = 0; at < 35; at++) counters.sums[`counter_${at}`] = at;
  for (let layer = 0; layer < 30; layer++) counters.tallies.kept_at_layer[layer] = 40;
  counters.tallies.exit_layer[20 + (i % 8)] = 3;
  const ended_at = new Date(1.8e12 + i * 1000).toISOString();
  // As a journal gives them: objects that were parsed are read faster than those that were put together.
  const trial = { cell: { ...about, policy_name }, status: 'ok', ended_at, turns: [{ prompt_tokens: 60 }], counters };
  return JSON.parse(JSON.stringify(trial));
}

/** @param of what takes time */
function timed(name, of) {
  const [start, used] = [performance.now(), process.cpuUsage()];
  const result = of();
  const { user, system } = process.cpuUsage(used);
  const seconds = ((performance.now() - start) / 1000).toFixed(2);
  console.log(`${name}: ${seconds} s, ${((user + system) / 1e6).toFixed(2)} s of CPU`);
  return result;
}

const work = createWorkTables();
const some = names.map((name) => Array.from({ length: 500 }, (_, i) => trialOf(name, i)));
timed(`sums over ${policies} × ${trials} trials`, () => {
  for (let i = 0; i < trials; i++) for (const own of some) work.read(own[i % 500]);
});
const column = (of) => Float64Array.from({ length: trials }, of);
const tables = names.map((policy_name) => ({
  ...{ cell: { ...about, policy_name }, rows: trials, ok: trials, failed: 0, unsupported: 0, replayed: 0 },
  ...{ samples: [], repeats: [], blocks: [], counted: new Set(), failures: [] },
  values: new Map([
    ['generation_time', column(() => 100 * Math.exp(random()))],
    ['reward', column(() => (random() < 0.7 ? 1 : random()))],
  ]),
}));
const collected = {
  groups: [{ ...about, samples: [], families: [], cells: tables }],
  notes: [],
  warnings: [],
  seconds: 1,
};
const interval = { mean: 0.9, low: 0.8, high: 1 };
const comparison = { difference: interval, ratio: interval, verdict: 'better', n: trials };
const report = {
  run: { id: 'r' },
  groups: [{ ...about, samples: trials, headline: 'exact_match', constant: null, oracle: null, own: [], floor: false }],
  cells: names.map((policy_name, i) => ({
    ...{
      ...about,
      policy_name,
      trials,
      failed: 0,
      unsupported: 0,
      replayed: 0,
      blocks: null,
      goodput: null,
      acted: true,
    },
    ...{
      metrics: { reward: { mean: 0.7, p50: 1, p95: 1, p99: 1, n: trials } },
      missing: {},
      families: [],
      failures: [],
    },
    vs_baseline: i === 0 ? {} : { generation_time: comparison, reward: comparison },
  })),
  warnings: [],
  decisions: [],
};
const charts = timed('aggregates', () => chartsOfReport(report, collected, work));
const document = openDocument();
const page = timed('page', () =>
  reportPage({ report, charts, counters: counterTables(collected, work), facts: [], document }),
);
console.log(`${[...charts.groups.values()].flat().length} charts, page of ${Math.round(page.length / 1024)} KiB`);
console.log(
  `${cpus()[0].model}, ${cpus().length} cores, load ${loadavg()[0].toFixed(1)}, Node ${process.versions.node}`,
);
