import type { Fidelity, Metric, Objective } from '../core/index.ts';
import type { Interval, Verdict } from '../stats/index.ts';
import type { BlockTime } from '../store/read-run.ts';
import type { Collected } from './collect-rows.ts';
import type { FailureCount } from './count-failures.ts';
import type { Known } from './known-statistics.ts';

/** What was run, as far as the caller knows; every field is printed as it stands. */
export interface ReportRun {
  /** Folder of the run. */
  id: string;
  command?: string;
  version?: string;
  /** Wall clock, ISO 8601 in UTC. */
  started_at?: string;
  ended_at?: string;
  /** One line: processor, cores, system. */
  machine?: string;
  /** Of the engine: milliseconds of a pass by the number of its rows, as measured when it was opened. */
  pass_ms?: Readonly<Record<string, number>>;
  /** Whatever a reader must know: stand-ins for missing data, cells whose times may be wrong. */
  notes?: readonly string[];
}

export interface ReportInput {
  run: ReportRun;
  /** What was measured, by group and cell, with what the rows gave to say. */
  collected: Collected;
  /** Half-width of equivalence by metric name or group; scores: absolute, the rest: relative. */
  margin?: Readonly<Record<string, number>> | undefined;
  /** Variant, and where it differs there `variant over an API` → the counters that are all above zero when it acted; none for the baseline and for controls. */
  acts?: Readonly<Record<string, string | readonly string[]>> | undefined;
  /** Benchmark → its headline score. */
  headlines: ReadonlyMap<string, string>;
  /** Benchmark → mean headline score of the best constant answer, of the oracle, and of answers to other samples. */
  floors?: Readonly<Record<string, { constant: number; oracle?: number; shuffled?: number }>> | undefined;
  /** What was measured of trials that were offered together. */
  blocks?: readonly BlockTime[] | undefined;
  /** Policy → trials that it wants to be offered at once, where that is more than one. */
  blockSizes?: Readonly<Record<string, number>> | undefined;
  /** What every trial should keep (`--slo`). */
  objectives?: readonly Objective[] | undefined;
  /** The user's own metrics. */
  extra?: readonly Metric[] | undefined;
  /** Statistics of cells that were computed before. */
  known?: Known | undefined;
}

export interface Spread {
  mean: number;
  /** Null where so many values cannot support it: it would be the largest of them in disguise (docs/statistics.md). */
  p50: number | null;
  p90: number | null;
  p95: number | null;
  p99: number | null;
  /** 95 % intervals of those that are supported: order statistics, whatever the distribution. */
  intervals: { [name in PercentileName]?: { low: number; high: number } };
  /** Trials that have a value. */
  n: number;
  /** Those that are independent: repeats of a sample count as one. */
  units: number;
}

export type PercentileName = 'p50' | 'p90' | 'p95' | 'p99';

export interface VsBaseline {
  difference: Interval;
  /** Ratio of the means; null fields where the baseline's mean is 0 or a value is negative. */
  ratio: Interval;
  /** Sign-flip permutation test, two-sided. */
  p: number | null;
  /** Holm over the policies of the table; the noise floor stands alone. */
  p_holm: number | null;
  /** Of a decision metric (headline score, time, cost): corrected over all of them in all policies of the table. */
  p_table: number | null;
  /** Whether the verdict holds for its metric alone: it suggests what to look at, and proves nothing. */
  exploratory: boolean;
  /** Samples in which both sides have a value, and those in which they differ. */
  n: number;
  differing: number;
  verdict: Verdict;
  /** Samples that would show 5 % (scores: 0.05) with a chance of 80 %. */
  samples_to_show: number | null;
  /** Standard deviation of the paired differences: relative to the means, of scores as it is. */
  deviation: number | null;
}

export type PerCorrectName = 'seconds_per_correct' | 'tokens_per_correct' | 'usd_per_correct';

/** What a correct answer costs: everything that was spent over the sum of the headline scores. */
export interface PerCorrect extends Interval {
  /** Sum of the headline scores that were counted. */
  correct: number;
  /** Samples, or blocks of different samples. */
  n: number;
  /** Trials left out because nothing was measured of them: what failed trials took is not known. */
  left_out: number;
  /** Against the baseline's, over what both have; nulls where one of them has too few correct answers. */
  ratio: Interval;
  /** Why there is no number, or no interval. */
  why?: string;
}

/**
 * `caution`: what to know before any other. `use`: it pays. `trade`: it gives one thing for another. `avoid`: it costs and
 * gives nothing. `same`: shown to make no difference. `open`: these samples do not tell. `idle`: it never acted.
 * `absent`: it did not run. `power`: which differences so many samples show.
 */
export type DecisionKind = 'caution' | 'use' | 'trade' | 'avoid' | 'same' | 'open' | 'idle' | 'absent' | 'power';

/** A number that a sentence holds. */
export interface Figure {
  /** Policy it belongs to; absent where it is of the whole group. */
  policy_name?: string;
  /** Metric, or what else it is. */
  name: string;
  value: number;
  /** 95 % interval, where there is one. */
  low?: number;
  high?: number;
  unit: '%' | 'points' | 'samples' | 'times';
}

/** One plain sentence, or a few that belong together, with the numbers in it. */
export interface Decision {
  kind: DecisionKind;
  benchmark: string;
  backend: string;
  model: string;
  /** What it is about; empty where it is about the whole group. */
  policies: string[];
  text: string;
  figures: Figure[];
}

/** Blocks of a cell whose trials are offered together. */
export interface ReportBlocks {
  count: number;
  /** Those with a makespan that can be compared: played whole, without failure or replay, as the baseline's trials. */
  compared: number;
  /** Trials of the smallest. */
  offered: number;
  /** Trials that the policy wants to be offered at once; null where that is not known. */
  asked: number | null;
}

/** A family of samples in one cell. */
export interface FamilyPart {
  family: string;
  trials: number;
  /** Mean of the headline score, failed trials as 0. */
  score: number | null;
  /** Mean, in milliseconds. */
  generation_time: number | null;
  /** Total time over the baseline's for the same samples; null for blocks, whose trials wait for each other. */
  time_ratio: number | null;
}

export interface ReportCell {
  policy_name: string;
  benchmark: string;
  backend: string;
  model: string;
  realisation: 'engine' | 'client';
  trials: number;
  failed: number;
  unsupported: number;
  /** Trials that were played again, alone, because the engine's process died: they have no times. */
  replayed: number;
  /**
   * Null where trials are played one by one. Else `makespan` stands in `metrics` (ms per block) and `vs_baseline` (to
   * the sum of the baseline's `generation_time` over the same samples; n counts blocks), `throughput` is that of blocks,
   * and no latency of a trial, which holds its time in the queue, is compared.
   */
  blocks: ReportBlocks | null;
  fidelity: Fidelity;
  /** Trials that keep every objective, per second of the run; null without objectives. */
  goodput: number | null;
  /** Null where the question has no meaning: the baseline, a control, a cell without a finished trial. */
  acted: boolean | null;
  /** Where it did not act: the counters that stayed at 0. */
  idle?: readonly string[];
  metrics: Record<string, Spread>;
  /** Metric without a value → why. */
  missing: Record<string, string>;
  /** Empty for the baseline. */
  vs_baseline: Record<string, VsBaseline>;
  /** What a correct answer costs; without those of which nothing was measured. */
  per_correct: Partial<Record<PerCorrectName, PerCorrect>>;
  /** Where samples are of several families, one entry for each. */
  families: FamilyPart[];
  /** One entry per cause. */
  failures: FailureCount[];
}

/** Cells that can be compared: same benchmark, backend and model. */
export interface ReportGroup {
  benchmark: string;
  backend: string;
  model: string;
  samples: number;
  headline: string | null;
  constant: number | null;
  /** Of answers to other samples of the same family. */
  shuffled: number | null;
  oracle: number | null;
  /** Metrics of the user's own. */
  own: string[];
  /** The baseline does not beat the constant answer: differences in quality mean nothing here. */
  floor: boolean;
}

/** What `report --json` prints. */
export interface Report {
  run: ReportRun;
  groups: ReportGroup[];
  /** Group by group: the baseline, the policies as they were given, the noise floor (`baseline_again`). */
  cells: ReportCell[];
  warnings: string[];
  /** What all of it comes to: see `decide`. */
  decisions: Decision[];
}

export const groupKey = (cell: { benchmark: string; backend: string; model: string }) =>
  JSON.stringify([cell.benchmark, cell.backend, cell.model]);
