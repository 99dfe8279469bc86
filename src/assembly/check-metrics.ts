import { builtBenchmarks, scorers } from '../benchmarks/index.ts';
import type { ResolvedConfig } from '../config/index.ts';
import { didYouMean, isFile, type Metric, type PolicyConfig, TtcError } from '../core/index.ts';
import { metrics as builtMetrics, expressionColumns, objectivesOf } from '../metrics/index.ts';
import { checkColumns } from '../modules/expression-file.ts';
import { userMetrics } from '../modules/user-metrics.ts';
import { policies } from '../policies/index.ts';
import { counterColumn, sharedCounters } from '../rows/index.ts';
import { findAnyVariant } from './open-variant.ts';

/** Modules, objectives and margins of a configuration, before anything is played for them. */
export async function checkMetrics({ config, execution }: ResolvedConfig): Promise<void> {
  const columns = [...columnsOfTrials(), ...(await countersOfModules(config.policies))];
  // Before they are added: the process keeps what it was given.
  checkColumns(execution.metrics, (name) => columns.includes(name), columns);
  const known = [...builtMetrics, ...(await userMetrics(execution.metrics))];
  objectivesOf(execution.slo, known);
  checkMargin(config.margin, known);
}

/** What an expression may read of trials of this version: metrics, scores, counters. */
export const columnsOfTrials = (): string[] => [
  ...new Set([
    ...expressionColumns.map(({ name }) => name),
    ...scoreNames(),
    ...countersIn([sharedCounters, ...policies.map(({ counters }) => counters)]),
  ]),
];

const countersIn = (all: readonly Readonly<Record<string, string>>[]) =>
  all.flatMap((counters) => Object.keys(counters).map(counterColumn));

/** Those that policies of the user's own declare: a module without types may leave them out. */
async function countersOfModules(configs: readonly PolicyConfig[]): Promise<string[]> {
  const found = await Promise.all(configs.filter(({ name }) => isFile(name)).map(({ name }) => findAnyVariant(name)));
  return countersIn(found.map(({ policy }) => policy.counters ?? {}));
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
