import type { Sample, Trial } from '../core/index.ts';
import { computeMetrics, createPatience } from '../metrics/index.ts';
import { baselineName, groupKey, type ReportInput } from './report-types.ts';

/** A metric that failed in a cell. */
interface Fault {
  cell: string;
  metric: string;
  count: number;
  /** Of the first trial. */
  sample: string;
  problem: string;
}

/** A trial with its metrics. */
export interface Measured {
  trial: Trial;
  values: Record<string, number>;
}

/** Metrics of every trial, each with its sample and its baseline twin; one warning per cell and metric. */
export async function measureTrials(
  input: ReportInput,
  headlines: ReadonlyMap<string, string>,
): Promise<{ measured: Measured[]; warnings: string[] }> {
  const twins = new Map(
    input.trials.filter((trial) => trial.cell.policy_name === baselineName).map((trial) => [twinKey(trial), trial]),
  );
  const measured: Measured[] = [];
  const faults = new Map<string, Fault>();
  const patience = createPatience();
  const trialsOf = new Map<string, number>();
  for (const trial of input.trials) {
    const baseline = twins.get(twinKey(trial));
    const headline = headlines.get(trial.cell.benchmark);
    const about = {
      sample: sampleOf(input, trial),
      ...(baseline && { baseline }),
      ...(input.prices && { prices: input.prices }),
      ...(headline !== undefined && { headline }),
      ...(input.objectives && { objectives: input.objectives }),
    };
    const result = await computeMetrics(trial, about, input.extra, patience);
    measured.push({ trial, values: result.values });
    const cell = `${trial.cell.policy_name} on ${trial.cell.benchmark}`;
    trialsOf.set(cell, (trialsOf.get(cell) ?? 0) + 1);
    for (const { metric, problem } of result.faults) {
      const key = JSON.stringify([cell, metric]);
      const fault = faults.get(key) ?? { cell, metric, count: 0, sample: trial.sample, problem };
      faults.set(key, { ...fault, count: fault.count + 1 });
    }
  }
  const warnings = [...faults.values()].map(
    ({ cell, metric, count, sample, problem }) =>
      `${metric} is missing in ${count} of ${trialsOf.get(cell)} trials of ${cell}; the first, ${sample}: ${problem}`,
  );
  return { measured, warnings };
}

const twinKey = (trial: Trial) => `${groupKey(trial.cell)} ${trial.repeat} ${trial.sample}`;

/** A sample that is not on record scores nothing, but its trial keeps its times. */
const sampleOf = (input: ReportInput, { cell, sample }: Trial): Sample =>
  input.samples.get(cell.benchmark)?.get(sample) ?? { id: sample, prompt: '', reference: '' };

/** The first score that a benchmark's trials carry, unless the caller names the headline. */
export function headlinesOf(input: ReportInput): Map<string, string> {
  const headlines = new Map(Object.entries(input.headlines ?? {}));
  for (const { cell, scores } of input.trials) {
    const [first] = Object.keys(scores);
    if (first !== undefined && !headlines.has(cell.benchmark)) headlines.set(cell.benchmark, first);
  }
  return headlines;
}
