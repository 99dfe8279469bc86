import { mean } from './moments.ts';

/** One value of a metric: which sample (the independent unit) and which repeat of it. */
export interface Observation {
  sample: string;
  repeat: number;
  value: number;
}

export interface Pairs {
  values: Float64Array;
  baseline: Float64Array;
}

/**
 * Pairs a policy's values with the baseline's by sample and repeat, then averages the repeats of a sample: repeats of
 * one sample are not independent, so n is the number of samples. Every sample weighs the same. Values that are not
 * finite, and those without a twin, are left out.
 */
export function pairBySample(values: readonly Observation[], baseline: readonly Observation[]): Pairs {
  const twins = new Map(baseline.filter(hasValue).map((entry) => [keyOf(entry), entry.value]));
  const samples = new Map<string, { values: number[]; baseline: number[] }>();
  for (const entry of values.filter(hasValue)) {
    const twin = twins.get(keyOf(entry));
    if (twin === undefined) continue;
    const sample = samples.get(entry.sample) ?? { values: [], baseline: [] };
    sample.values.push(entry.value);
    sample.baseline.push(twin);
    samples.set(entry.sample, sample);
  }
  // Sorted, so that the interval does not depend on the order in which trials finished.
  const sorted = [...samples].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, sample]) => sample);
  return {
    values: Float64Array.from(sorted, (sample) => mean(sample.values)),
    baseline: Float64Array.from(sorted, (sample) => mean(sample.baseline)),
  };
}

const hasValue = (entry: Observation) => Number.isFinite(entry.value);
const keyOf = (entry: Observation) => `${entry.repeat} ${entry.sample}`;
