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
  /** All metrics of the trial that were computed before: metrics of the user's own get them, and the one that is computed last. */
  values?: Readonly<Record<string, number>>;
}

/** How a metric is shown in a report's tables. */
export interface MetricColumn {
  title: string;
  /**
   * `verdict`: ratio to the baseline, interval, verdict. `ratio`: the ratio alone.
   * `score`: mean, then the difference to the baseline with its verdict. `headline`: the same under the name that the
   * benchmark gives to its score. `mean`, `percent`: of the cell alone.
   */
  show: 'verdict' | 'ratio' | 'score' | 'headline' | 'mean' | 'percent';
  /** Columns stand from left to right by this number. */
  order: number;
  /** A table that has to become narrower drops the column with the lowest number first; without one it stays. */
  dropAt?: number;
  /** The same for the change to its short form, where it has one. */
  shortAt?: number;
  /** Only in tables with cells of this kind. */
  only?: 'engine' | 'client';
  /** Only where the mean of some cell is above 0. */
  aboveZero?: true;
  /** What a reader must know of it, below the tables. @default the metric's sentence */
  about?: string;
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
  /** Its column in the tables; without one it stands in the JSON alone. */
  column?: MetricColumn;
  /**
   * What happens to the metric in blocks of several trials. These wait for each other, and the baseline's never wait.
   * `not compared`: shown, but not compared with the baseline. `absent`: not shown. `summed`: trials share what it counts,
   * so only the sum over a block is used. `rate`: replaced by completion tokens per second of the whole block. `makespan`:
   * replaced by the time from the offer of the block to its last answer. @default nothing, it is used as always
   */
  inBlocks?: 'not compared' | 'absent' | 'summed' | 'rate' | 'makespan';
  /** A score that depends on times: equal tokens do not make it equal. */
  ofTime?: true;
  /** Missing (undefined) where it has no meaning for the trial. */
  of(trial: Trial, about: MetricContext): number | undefined | Promise<number | undefined>;
}
