/** What a reader must know of metrics that failed, or are not what they say they are: one sentence each per report. */
import type { Metric, Trial } from '../core/index.ts';
import type { MetricValues } from '../metrics/index.ts';

/** A cosine of 1 may end this little above. */
const hair = 1e-6;

interface Fault {
  count: number;
  cells: Set<string>;
  /** Of the first trial. */
  sample: string;
  problem: string;
}

export interface MetricFaults {
  add(trial: Trial, result: MetricValues): void;
  warnings(): string[];
}

/** @param extra metrics of the user's own */
export function collectFaults(extra: readonly Metric[] = []): MetricFaults {
  const trials = new Map<string, number>();
  const missing = new Map<string, Fault>();
  const outside = new Map<string, Fault>();
  const scores = extra.filter(({ unit }) => unit === 'score');

  function note(faults: Map<string, Fault>, metric: string, cell: string, { sample }: Trial, problem: string): void {
    const fault = faults.get(metric) ?? { count: 0, cells: new Set(), sample, problem };
    faults.set(metric, fault);
    fault.count++;
    fault.cells.add(cell);
  }

  function whereOf({ count, cells }: Fault): string {
    const [cell = ''] = cells;
    const one = cells.size === 1;
    const all = one ? (trials.get(cell) ?? 0) : [...trials.values()].reduce((sum, number) => sum + number, 0);
    return `${count} of ${all} trials${one ? ` of ${cell}` : `, in ${cells.size} cells`}`;
  }

  return {
    add(trial, { values, faults }) {
      const cell = `${trial.cell.policy_name} on ${trial.cell.benchmark}`;
      trials.set(cell, (trials.get(cell) ?? 0) + 1);
      for (const { metric, problem } of faults) note(missing, metric, cell, trial, problem);
      for (const { name } of scores) {
        const value = values[name];
        if (value !== undefined && Math.abs(value - 0.5) > 0.5 + hair) note(outside, name, cell, trial, String(value));
      }
    },
    warnings: () => [
      ...[...missing].map(
        ([metric, fault]) => `${metric} is missing in ${whereOf(fault)}; the first, ${fault.sample}: ${fault.problem}`,
      ),
      ...[...outside].map(
        ([metric, fault]) =>
          `${metric} is taken for a score and lies outside [0, 1] in ${whereOf(fault)}; the first, ${fault.sample}: ${fault.problem}. If it is none, say what it is: { score, unit: 'count', better: 'less' } in the function's place (units: docs/metrics.md)`,
      ),
    ],
  };
}
