import type { Sample, Trial } from '../core/index.ts';
import { computeMetrics, createPatience } from '../metrics/index.ts';
import { collectFaults } from './metric-faults.ts';
import { baselineName, groupKey, type ReportInput } from './report-types.ts';

/** A trial with its metrics. */
export interface Measured {
  trial: Trial;
  values: Record<string, number>;
}

/** Metrics of every trial, each with its sample and its baseline twin; one warning per metric and problem. */
export async function measureTrials(
  input: ReportInput,
  headlines: ReadonlyMap<string, string>,
): Promise<{ measured: Measured[]; warnings: string[] }> {
  const twins = new Map(
    input.trials.filter((trial) => trial.cell.policy_name === baselineName).map((trial) => [twinKey(trial), trial]),
  );
  const measured: Measured[] = [];
  const faults = collectFaults(input.extra);
  const patience = createPatience();
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
    faults.add(trial, result);
  }
  return { measured, warnings: faults.warnings() };
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
