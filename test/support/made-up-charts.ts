/** One made-up chart of each kind, with names and numbers that are hard to place. */
import { histogramOf } from '../../src/charts/density.ts';
import type { Chart, Distribution } from '../../src/charts/index.ts';
import { policyFamily } from '../../src/charts/index.ts';
import { createRandom } from '../../src/core/index.ts';
import { quantileSorted } from '../../src/stats/index.ts';

export const names = [
  'baseline',
  'speculative_decoding',
  'speculative_decoding_layers',
  'dynamic_pruning_top_p',
  'dynamic_pruning_entropy',
  'early_exit_28',
  'early_exit_32',
  'adaptive_kv_static',
  'adaptive_kv_cosine',
  'elastic_batch_greedy',
  'early_exit_28+elastic_batch_sorted[confidence_threshold=0.95,slots=8]',
];
const named = (name: string) => ({ name, family: policyFamily(name) });

function distribution(name: string, values: readonly number[], scale: 'log' | 'linear'): Distribution {
  const sorted = Float64Array.from(values).sort();
  const at = (share: number) => quantileSorted(sorted, share);
  return {
    ...named(name),
    ...{ n: sorted.length, mean: sorted.reduce((sum, one) => sum + one, 0) / sorted.length },
    ...{
      p25: at(0.25),
      p50: at(0.5),
      p75: at(0.75),
      p95: sorted.length < 59 ? null : at(0.95),
      least: at(0),
      most: at(1),
    },
    ...histogramOf(sorted, scale),
  };
}

const random = createRandom(7);
const uniform = () => random();
const bell = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
const list = <T>(length: number, of: (i: number) => T) => Array.from({ length }, (_, i) => of(i));

const about = 'Made up, to see how it is drawn: long enough to need a second line on a telephone.';

export const madeUpCharts: Readonly<Record<string, Chart>> = {
  latency: {
    ...{ kind: 'violin', title: 'Time to the end of the answer', about, unit: 'ms', scale: 'log' },
    rows: names.map((name, i) =>
      distribution(
        name,
        list(200, () => 900 * Math.exp(0.25 * i + 0.4 * bell())),
        'log',
      ),
    ),
  },
  'latency-of-few': {
    ...{ kind: 'violin', title: 'Time to the end of the answer', about, unit: 'ms', scale: 'log' },
    rows: names.slice(0, 3).map((name) =>
      distribution(
        name,
        list(12, () => 60 * Math.exp(0.4 * bell())),
        'log',
      ),
    ),
  },
  quality: {
    ...{ kind: 'violin', title: 'Score: rouge_l', about, unit: 'score', scale: 'linear' },
    rows: [
      distribution(
        'baseline',
        list(100, () => (uniform() < 0.7 ? 1 : 0)),
        'linear',
      ),
      distribution(
        'early_exit_28',
        list(100, () => Math.min(1, Math.max(0, 0.5 + 0.2 * bell()))),
        'linear',
      ),
      distribution(
        'dynamic_pruning_top_p',
        list(100, () => 0),
        'linear',
      ),
    ],
  },
  pareto: {
    ...{ kind: 'pareto', title: 'Quality against time', about, noise: [0.97, 1.04] },
    ...{ xTitle: 'time against the baseline, less is faster', xUnit: 'ratio', yTitle: 'exact_match', yUnit: 'score' },
    points: names.map((name, i) => {
      const x = i === 0 ? 1 : 0.6 + 0.09 * i + (i % 3 === 0 ? 0 : 0.02);
      // Half of all points have the baseline's score: their names compete for the same place.
      const y = i % 2 === 0 ? 0.8 : 0.8 - 0.05 * i;
      return { ...named(name), x, y, ...(i > 0 && { xRange: [x * 0.95, x * 1.06], yRange: [y - 0.06, y + 0.04] }) };
    }),
  },
  'pareto-of-equals': {
    ...{ kind: 'pareto', title: 'Quality against time, all alike', about },
    ...{ xTitle: 'time against the baseline', xUnit: 'ratio', yTitle: 'exact_match', yUnit: 'score' },
    points: names.map((name) => ({ ...named(name), x: 1, y: 0.5 })),
  },
  'time-series': {
    ...{ kind: 'time-series', title: 'Time over the run', about, unit: 'ms', seconds: 5400 },
    rows: names.slice(0, 6).map((name, row) => ({
      ...named(name),
      p50: 450 * (1 + 0.1 * row),
      points: list(24, (i) => {
        const p50 = 400 * (1 + 0.1 * row) * Math.exp(0.01 * i + 0.08 * bell());
        return { at: (i + 0.5) * 225, p25: p50 * 0.85, p50, p75: p50 * 1.2, n: 20 };
      }),
    })),
  },
  heatmap: {
    ...{ kind: 'heatmap', title: 'Score by benchmark', about, unit: 'score', better: 'more', scale: 'linear' },
    columns: ['extract', 'tiny-crm', 'worfbench[families=toolbench]'],
    rows: names.map((name, i) => ({ ...named(name), values: [0.09 * i, i === 3 ? null : 1 - 0.08 * i, 0.5] })),
  },
  bars: {
    ...{ kind: 'bars', title: 'Layers that tokens left at', about, bucketTitle: 'layer', full: 'most' },
    ...{ meanTitle: 'mean', meanUnit: 'count' },
    rows: names.slice(5, 8).map((name, row) => ({
      ...named(name),
      mean: 24.5 + row,
      bars: list(14, (i) => [16 + i, 0.02 + 0.14 * Math.exp(-(((i - 5 - 2 * row) / 3) ** 2))] as const),
    })),
  },
  kept: {
    ...{ kind: 'bars', title: 'Share of the prompt that was kept', about, bucketTitle: 'layer', full: 'share' },
    ...{ meanTitle: 'mean', meanUnit: 'share' },
    rows: ['adaptive_kv_cosine', 'dynamic_pruning_top_p'].map((name, row) => ({
      ...named(name),
      mean: 0.62,
      bars: list(30 - 12 * row, (i) => [i + 12 * row, 0.9 - 0.02 * i] as const),
    })),
  },
  sweep: {
    ...{ kind: 'curve', title: 'What confidence_threshold changes', about },
    ...{ xTitle: 'confidence_threshold', xScale: 'linear' },
    panels: [
      {
        ...{ title: 'time against the baseline', unit: 'ratio', scale: 'linear', reference: 1 },
        lines: [
          {
            ...named('early_exit_28'),
            points: [0.3, 0.5, 0.7, 0.9, 0.95].map((x) => ({
              x,
              y: 0.6 + 0.5 * x,
              range: [0.52 + 0.5 * x, 0.7 + 0.5 * x],
            })),
          },
        ],
      },
      {
        ...{ title: 'exact_match', unit: 'score', scale: 'linear', reference: 0.83 },
        lines: [{ ...named('early_exit_28'), points: [0.3, 0.5, 0.7, 0.9, 0.95].map((x) => ({ x, y: 0.85 * x })) }],
      },
    ],
  },
  load: {
    ...{ kind: 'curve', title: 'What more load does', about, xTitle: 'offered requests per second', xScale: 'log' },
    panels: [
      {
        ...{ title: 'time to the first token', unit: 'ms', scale: 'log' },
        lines: ['baseline', 'early_exit_28', 'hedged_requests'].flatMap((name, i) =>
          ['p50', 'p99'].map((detail, tail) => ({
            ...{ ...named(name), detail, dashed: tail === 1 },
            points: [1, 2, 5, 10, 20].map((x) => ({ x, y: (120 + 15 * i) * (1 + x / 12) * (1 + 1.4 * tail) })),
          })),
        ),
      },
      {
        ...{ title: 'tokens per second', unit: 'per_second', scale: 'linear' },
        lines: [
          { ...named('baseline'), points: [1, 2, 5, 10, 20].map((x) => ({ x, y: 400 * (1 - Math.exp(-x / 6)) })) },
        ],
      },
    ],
  },
};
