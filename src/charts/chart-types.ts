/**
 * What charts are drawn from: aggregates, never trials. Their size does not depend on how many trials there are, and all
 * of them are JSON-safe, so that a server can send them and a page can draw them.
 */

/** Families of policies: what colour says. `other`: compositions and policies of the user's own. */
export const policyFamilies = [
  'baseline',
  'speculation',
  'pruning',
  'early-exit',
  'kv-cache',
  'elastic-batch',
  'other',
] as const;
export type PolicyFamily = (typeof policyFamilies)[number];

/** `ratio`: against the baseline. `share`: 0 to 1, shown in percent. `layers`, `count`, `per_second`: plain numbers. */
export type ChartUnit = 'ms' | 's' | 'score' | 'ratio' | 'share' | 'count' | 'per_second';

export interface Named {
  /** What `--policy` took. */
  name: string;
  family: PolicyFamily;
}

/** How the values of one policy are spread. */
export interface Distribution extends Named {
  n: number;
  mean: number;
  p25: number;
  p50: number;
  p75: number;
  /** Null where so few values cannot support it. */
  p95: number | null;
  least: number;
  most: number;
  /**
   * Ascending bins that hold values. Log scale: bin i is [10^(i/32), 10^((i+1)/32)). Linear scale: [i/40, (i+1)/40).
   */
  bins: readonly (readonly [bin: number, count: number])[];
  /** Distinct values and how often each came, ascending; absent where there are more than 20 of them. */
  points?: readonly (readonly [value: number, count: number])[];
}

interface Titled {
  title: string;
  /** One or two sentences: how to read it. */
  about: string;
}

/** One row a policy. */
export interface ViolinChart extends Titled {
  kind: 'violin';
  unit: ChartUnit;
  scale: 'log' | 'linear';
  rows: readonly Distribution[];
}

export interface ParetoPoint extends Named {
  x: number;
  y: number;
  /** 95 % interval; absent where there is none. */
  xRange?: readonly [low: number, high: number];
  yRange?: readonly [low: number, high: number];
}

/** Cost from left to right on a log scale, less is better; quality upwards, more is better. */
export interface ParetoChart extends Titled {
  kind: 'pareto';
  xTitle: string;
  yTitle: string;
  xUnit: ChartUnit;
  yUnit: ChartUnit;
  /** Where the baseline lies against itself: differences within mean nothing. */
  noise?: readonly [low: number, high: number];
  points: readonly ParetoPoint[];
}

export interface TimePoint {
  /** Middle of its stretch of time, in seconds after the first trial. */
  at: number;
  p25: number;
  p50: number;
  p75: number;
  n: number;
}

/** One strip a policy: values over the time of the run. */
export interface TimeSeriesChart extends Titled {
  kind: 'time-series';
  unit: ChartUnit;
  /** Length of the run. */
  seconds: number;
  /** `p50`: the median of all trials, the middle of the strip. */
  rows: readonly (Named & { p50: number; points: readonly TimePoint[] })[];
}

export interface HeatmapChart extends Titled {
  kind: 'heatmap';
  unit: ChartUnit;
  /** Which end is the good one: the darker (on a dark page brighter) cells are the better ones. */
  better: 'more' | 'less';
  scale: 'log' | 'linear';
  /** Columns hold different things: colours compare cells of a column. @default those of the whole chart */
  byColumn?: boolean;
  columns: readonly string[];
  /** Null: no value. */
  rows: readonly (Named & { values: readonly (number | null)[] })[];
}

/** One row of bars a policy: amounts by layer, by length. */
export interface BarsChart extends Titled {
  kind: 'bars';
  bucketTitle: string;
  rows: readonly (Named & {
    /** Ascending. */
    bars: readonly (readonly [bucket: number, share: number])[];
    /** At the end of the row. */
    mean: number;
  })[];
  meanTitle: string;
  meanUnit: ChartUnit;
  /** `share`: bars end at 100 %. `most`: at the highest bar of the row. */
  full: 'share' | 'most';
}

export interface CurveLine extends Named {
  /** What tells it from other lines of the policy: `p99`. */
  detail?: string;
  dashed?: boolean;
  points: readonly { x: number; y: number; range?: readonly [low: number, high: number] }[];
}

/** Panels above each other over one scale: a parameter, a load. */
export interface CurveChart extends Titled {
  kind: 'curve';
  xTitle: string;
  xScale: 'log' | 'linear';
  panels: readonly {
    title: string;
    unit: ChartUnit;
    scale: 'log' | 'linear';
    /** A line across: the baseline. */
    reference?: number;
    lines: readonly CurveLine[];
  }[];
}

export type Chart = ViolinChart | ParetoChart | TimeSeriesChart | HeatmapChart | BarsChart | CurveChart;
