import type { Sample } from './benchmark.ts';
import type { Trial } from './trial.ts';

export type Unit = 'ms' | 'tokens/s' | 'tokens' | 'ratio' | 'bytes' | 'count' | 'score' | 's' | 'usd' | 'layers';

export interface Prices {
  /** USD per million tokens. */
  prompt: number;
  completion: number;
  cached?: number;
}

/** A limit on a metric that every trial should keep (`--slo`). */
export interface Objective {
  metric: string;
  limit: number;
  /** Which side of the limit is the good one. */
  better: 'more' | 'less';
}

export interface MetricContext {
  sample: Sample;
  /** The baseline's trial of the same sample and repeat. */
  baseline?: Trial;
  prices?: Prices;
  /** The benchmark's headline score: `reward` is taken from it. */
  headline?: string;
  /** What `--slo` asks of every trial. */
  objectives?: readonly Objective[];
  /** All other metrics of the trial: only the metric that is computed last gets them. */
  values?: Readonly<Record<string, number>>;
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
