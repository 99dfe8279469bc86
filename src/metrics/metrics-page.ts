import type { Metric } from '../core/index.ts';
import { expressionFunctions, longestExpression } from './expression.ts';
import { metrics } from './registry.ts';

const groups: [Metric['group'], string][] = [
  ['latency', 'Latency'],
  ['throughput', 'Throughput and tokens'],
  ['quality', 'Quality'],
  ['business', 'Business'],
  ['work', 'Work'],
  ['cost', 'Cost'],
];

const row = ({ name, unit, better, about, missing }: Metric) =>
  `| \`${name}\` | ${unit} | ${better} | ${about} | ${missing} |`;

function section([group, title]: [Metric['group'], string]): string[] {
  const members = metrics.filter((metric) => metric.group === group);
  if (members.length === 0) return [];
  return [
    `## ${title}`,
    '',
    '| metric | unit | better | what it is | missing where |',
    '| :-- | :-- | :-- | :-- | :-- |',
    ...members.map(row),
    '',
  ];
}

/** `docs/metrics.md`, written from the registry. */
export function metricsPage(): string {
  return [
    '# Metrics',
    '',
    'Written from the registry in `src/metrics`; change it there. Times are milliseconds from the *intended* send of a',
    'call, so a client that sends late cannot look fast. A metric is missing where it has no meaning for a trial; reports',
    'name those without any value, with the reason (`missing` in the JSON). A failed trial has its `reward` and',
    '`slo_attainment` (0) and nothing else. Scores of a benchmark that are not listed here are kept under their own names.',
    '',
    '`--slo METRIC=LIMIT` (may repeat; `run`, `sweep`, `report`) sets objectives: at most the limit where less is better,',
    'at least where more is. A trial that keeps all of them counts in `slo_attainment`. A cell then also has its',
    '`goodput`: trials that keep all of them, per second of the run from the first intended send to the last end. Cells',
    'of a run share its time, so their goodputs add up. A metric without a value is not held against a trial.',
    'A failed trial and an empty answer keep no objective.',
    '',
    'Scores lie in [0, 1]. How metrics are compared with the baseline: `statistics.md`.',
    '',
    '## Your own',
    '',
    '`--metrics FILE` (`run`, `report`) adds the functions of a module, `evaluator.addMetric` those of your code:',
    '',
    '```js',
    'export default {',
    '  // A score in [0, 1], more being better: compared by differences.',
    '  same_start: (prediction, reference) => Number(prediction[0] === reference[0]),',
    '  // Any other number says what it is, and is compared by ratios.',
    "  words: { score: (prediction) => prediction.split(' ').length, unit: 'count', better: 'less' },",
    '};',
    '```',
    '',
    '`unit` is one of `score`, `ratio`, `count`, `tokens`, `tokens/s`, `ms`, `s`, `bytes`, `usd`, `layers`; `better` is',
    '`more`, `less` or `neither`. The margin is that of `quality` (0.02: of a ratio, 2 %) unless `--margin NAME=WIDTH`',
    'sets one under its name. Functions may be asynchronous. One that throws, gives no finite number or takes longer than',
    'a minute leaves a missing value and a warning, one for each cause; after three such silences it is not asked again in',
    'this report. A score outside [0, 1] is kept, with a warning: its margin and its interval are those of a score.',
    '',
    '### Expressions',
    '',
    'A file that ends in `.json` holds metrics that need no code: arithmetic over the numbers of a trial. `run`, `report`,',
    '`export` and `compare` take it as `--metrics FILE.json`; `ttcbench dash --metrics FILE.json` tries and saves them.',
    '',
    '```json',
    '{',
    '  "ms_per_token": { "expression": "generation_time / completion_tokens", "unit": "ms", "better": "less" },',
    '  "slow_or_wrong": "if(generation_time > 2000 or reward < 0.5, 1, 0)"',
    '}',
    '```',
    '',
    'Names are metrics of this page but `slo_attainment`, counters (`counter_passes`), and scores of the benchmark. There are',
    '`+ - * / % ^`, `< <= > >= = !=`, `and or not` (1 and 0), parentheses, and',
    `${Object.keys(expressionFunctions)
      .map((name) => `\`${name}\``)
      .join(' ')}. At most ${longestExpression} characters.`,
    'A value that is missing and a division by zero make the result missing; `coalesce(x, 0)` puts a number in its place.',
    'It is worked out for each trial; the report then gives means, percentiles and the comparison with the baseline, as for',
    'any metric. Without `unit` and `better` it is a ratio of which no direction is better. An expression over times is not',
    'compared where trials are offered together.',
    '',
    'A run remembers its modules and objectives in `run.json`: `report`, `rescore` and the same command given again have',
    'them without being told. A module is loaded again only as the file that the run had. Where it has changed, is gone or',
    'lies in the run folder itself, a warning says so, and `metrics_report.md` is not overwritten by one with fewer columns.',
    '',
    ...groups.flatMap(section),
  ].join('\n');
}
