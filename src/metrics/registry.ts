import type { Metric } from '../core/index.ts';
import { businessMetrics } from './business.ts';
import { costMetrics } from './cost.ts';
import { latencyMetrics } from './latency.ts';
import { sloAttainment } from './objectives.ts';
import { qualityMetrics } from './quality.ts';
import { throughputMetrics } from './throughput.ts';
import { workMetrics } from './work.ts';

/** Every metric there is. To add one: one entry in the file of its group. */
export const metrics: readonly Metric[] = [
  ...latencyMetrics,
  sloAttainment,
  ...throughputMetrics,
  ...qualityMetrics,
  ...businessMetrics,
  ...workMetrics,
  ...costMetrics,
];

/** What a report means by time: where trials are offered at once, the makespan of blocks stands in its place. */
export const timeMetric = metrics.find(({ inBlocks }) => inBlocks === 'makespan') as Metric;
