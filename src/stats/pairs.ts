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

/** The same with the name of each pair's sample: a text, or a number where there are many. */
export interface NamedPairs extends Pairs {
  units: ArrayLike<string | number>;
}

/** A sample's values on both sides, repeats averaged, in the order of the samples' names. */
interface PairedSample {
  sample: string;
  value: number;
  baseline: number;
}

function pairedSamples(values: readonly Observation[], baseline: readonly Observation[]): PairedSample[] {
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
  return [...samples]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([sample, both]) => ({ sample, value: mean(both.values), baseline: mean(both.baseline) }));
}

/**
 * Pairs a policy's values with the baseline's by sample and repeat, then averages the repeats of a sample: repeats of
 * one sample are not independent, so n is the number of samples. Every sample weighs the same. Values that are not
 * finite, and those without a twin, are left out.
 */
export function pairBySample(values: readonly Observation[], baseline: readonly Observation[]): NamedPairs {
  const paired = pairedSamples(values, baseline);
  return {
    values: Float64Array.from(paired, (pair) => pair.value),
    baseline: Float64Array.from(paired, (pair) => pair.baseline),
    units: paired.map(({ sample }) => sample),
  };
}

const hasValue = (entry: Observation) => Number.isFinite(entry.value);
const keyOf = (entry: Observation) => `${entry.repeat} ${entry.sample}`;
