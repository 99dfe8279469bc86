/**
 * The metrics a decision rests on, named before the run: the headline score, the time, the cost. Their verdicts are
 * corrected together over all policies of a table; everything else is exploratory (docs/statistics.md).
 */
import { createRandom, seedOf } from '../core/index.ts';
import { timeMetric } from '../metrics/index.ts';
import { noiseName } from '../rows/index.ts';
import { correctPairs, type NamedPairs } from '../stats/index.ts';
import type { ReportCell } from './report-types.ts';

export const headlineMetric = 'reward';
export const blockTime = 'makespan';
/** The first of these that the baseline has is the cost. */
export const costMetrics = ['cost_usd', 'cpu_seconds'] as const;

type Known = Pick<ReportCell, 'policy_name' | 'blocks'>;

/** Names of a cell's decision metrics. @param has whether the baseline has a metric */
export function decisionMetrics({ policy_name, blocks }: Known, has: (metric: string) => boolean): string[] {
  // It is the baseline: there is nothing to decide.
  if (policy_name === noiseName) return [];
  const cost = costMetrics.find(has);
  return [headlineMetric, blocks ? blockTime : timeMetric.name, ...(cost ? [cost] : [])];
}

/** Corrected p values of all decisions of a table, in the order given. */
export const correctDecisions = (
  decisions: readonly NamedPairs[],
  { benchmark, backend, model }: Pick<ReportCell, 'benchmark' | 'backend' | 'model'>,
): (number | null)[] => correctPairs(decisions, createRandom(seedOf(benchmark, backend, model, 'decisions')));
