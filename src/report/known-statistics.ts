/** Statistics of single cells, which do not depend on other cells: several threads can compute them. */
import type { Cell } from '../core/index.ts';

type Named = Pick<Cell, 'benchmark' | 'backend' | 'model' | 'policy_name'>;

/** What is known under a kind, a cell and a metric; else it is computed. */
export type Known = <T>(kind: 'spread' | 'comparison' | 'costs', cell: Named, metric: string, compute: () => T) => T;

/** Nothing is known: all is computed. */
export const unknown: Known = (_kind, _cell, _metric, compute) => compute();

/** Everything that was computed by it, or elsewhere, is known. */
export function rememberStatistics(found: Map<string, unknown>): Known {
  return <T>(kind: string, { benchmark, backend, model, policy_name }: Named, metric: string, compute: () => T) => {
    const name = JSON.stringify([kind, benchmark, backend, model, policy_name, metric]);
    if (!found.has(name)) found.set(name, compute());
    return found.get(name) as T;
  };
}
