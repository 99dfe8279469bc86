import type { Sample } from './benchmark.ts';
import type { Trial } from './trial.ts';

export type Unit = 'ms' | 'tokens/s' | 'tokens' | 'ratio' | 'bytes' | 'count' | 'score' | 's' | 'usd' | 'layers';

export interface Prices {
  /** USD per million tokens. */
  prompt: number;
  completion: number;
  cached?: number;
}

export interface MetricContext {
  sample: Sample;
  /** The baseline's trial of the same sample and repeat. */
  baseline?: Trial;
  prices?: Prices;
  /** The benchmark's headline score: `reward` is taken from it. */
  headline?: string;
}

/** A number derived from a finished trial. The registry alone yields columns, docs and tables. */
export interface Metric {
  name: string;
  group: 'latency' | 'throughput' | 'quality' | 'business' | 'work' | 'cost';
  unit: Unit;
  better: 'more' | 'less' | 'neither';
  /** One sentence. */
  about: string;
  /** Where it has no value, as the end of a sentence: `missing where …`. */
  missing?: string;
  /** Missing (undefined) where it has no meaning for the trial. */
  of(trial: Trial, about: MetricContext): number | undefined | Promise<number | undefined>;
}
