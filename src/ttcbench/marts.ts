import type { Mart } from '../tables/index.ts';
import { makeMart } from './build-tables.ts';

/** Every table that is made from `trials`, by name. To add some: a model in `dbt/models` and a line here. */
export const marts: readonly Mart[] = [
  mart('bench_summary', 'One row for each run, benchmark, backend, model and policy.'),
  mart('comparisons', 'Spreads, differences to the baseline and verdicts: a row for each policy and metric.'),
  mart('pareto_front', 'Which policies nobody beats in both time and score.'),
  mart('policy_drift', 'A policy over runs, with changes marked.'),
  mart('failures', 'Trials that failed or could not be played, by cause.'),
];

function mart(name: string, about: string): Mart {
  return { name, about, create: (connection, runs) => makeMart(connection, runs, name) };
}
