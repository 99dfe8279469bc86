/** Metrics that are named for a run that was played: checked before anything of it is measured. */
import { columnsOfTrials } from '../assembly/check-metrics.ts';
import type { Trial } from '../core/index.ts';
import { checkColumns } from '../modules/expression-file.ts';
import type { ReadRun } from '../store/read-run.ts';

/** Trials of a run come pair by pair: so many hold all its policies and benchmarks, but for very long plans. */
const mostPeeked = 400;

/**
 * A column is one that trials of this version have, or one that the first trials of the run have: those of another version
 * or of a policy of the user's own.
 * @throws E_ARGUMENT for expressions over a column that there is not
 */
export function checkGivenMetrics({ trials }: Pick<ReadRun, 'trials'>, metrics: readonly string[]): void {
  const ours = columnsOfTrials();
  let seen: Set<string> | undefined;
  const isColumn = (name: string) => {
    if (ours.includes(name)) return true;
    seen ??= new Set(columnsIn(trials()));
    return seen.has(name);
  };
  checkColumns(metrics, isColumn, ours);
}

function* columnsIn(trials: Iterable<Trial>): Generator<string> {
  let count = 0;
  for (const { scores, counters } of trials) {
    if (count++ >= mostPeeked) return;
    yield* Object.keys(scores);
    yield* [...Object.keys(counters.sums), ...Object.keys(counters.tallies)].map((name) => `counter_${name}`);
  }
}
