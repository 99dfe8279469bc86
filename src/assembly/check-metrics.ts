import { builtBenchmarks, scorers } from '../benchmarks/index.ts';
import type { ResolvedConfig } from '../config/index.ts';
import { didYouMean, type Metric, TtcError } from '../core/index.ts';
import { metrics as builtMetrics, objectivesOf } from '../metrics/index.ts';
import { userMetrics } from '../modules/user-metrics.ts';

/** Modules, objectives and margins of a configuration, before anything is played for them. */
export async function checkMetrics({ config, execution }: ResolvedConfig): Promise<void> {
  const known = [...builtMetrics, ...(await userMetrics(execution.metrics))];
  objectivesOf(execution.slo, known);
  checkMargin(config.margin, known);
}

/**
 * A margin under a misspelt name would judge nothing.
 * @throws TtcError E_ARGUMENT for a name that is neither metric nor group of metrics
 */
export function checkMargin(margin: Readonly<Record<string, number>>, metrics: readonly Metric[]): void {
  const known = [...new Set([...metrics.flatMap(({ name, group }) => [name, group]), 'makespan', ...scoreNames()])];
  const wrong = Object.keys(margin).find((name) => !known.includes(name));
  if (wrong === undefined) return;
  throw new TtcError('E_ARGUMENT', `margin ${wrong}: there is no such metric${didYouMean(wrong, known)}`, {
    help: `a metric or a group of metrics: ${[...new Set(metrics.map(({ group }) => group))].join(', ')}`,
  });
}

const scoreNames = (): string[] => [
  ...builtBenchmarks.flatMap(({ scores }) => scores),
  ...Object.values(scorers).flatMap(({ gives }) => gives),
];
