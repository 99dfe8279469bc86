/** What more load does: rates and latencies of the same plan, played once at each level of concurrency or request rate. */
import { groupBy } from '../core/index.ts';
import { mean, quantiles } from '../stats/index.ts';
import { headlinesOf, type Measured, measureTrials } from './measure-trials.ts';
import { baselineName, noiseName, type ReportInput, type Spread } from './report-types.ts';

export type LoadParam = 'concurrency' | 'rps';

/** One level of load, played as a run of its own. */
export interface LoadLevel {
  value: number;
  input: ReportInput;
  /** Why its times cannot be vouched for. */
  doubts: readonly string[];
}

/** A policy at a level. Rates are its share of the level's run: policies of one run share its time. */
export interface LoadPoint {
  value: number;
  policy_name: string;
  benchmark: string;
  trials: number;
  failed: number;
  /** From the level's first intended send to its last end, and at a rate as long as its schedule at least. */
  seconds: number;
  trials_per_second: number;
  /** Completion tokens. */
  tokens_per_second: number;
  /** Milliseconds; null where no trial has a value. */
  first_token_latency: Spread | null;
  avg_token_latency: Spread | null;
  generation_time: Spread | null;
  /** Share of trials that keep every objective, and such trials per second; null without objectives. */
  slo_attainment: number | null;
  goodput: number | null;
  doubts: readonly string[];
}

export interface LoadCurve {
  param: LoadParam;
  points: LoadPoint[];
}

/** The baseline's second run is the same load as the first: both are one point. */
export async function loadCurve(param: LoadParam, levels: readonly LoadLevel[]): Promise<LoadCurve> {
  const points: LoadPoint[] = [];
  for (const level of levels) {
    const { measured } = await measureTrials(level.input, headlinesOf(level.input));
    const { seconds = 0 } = level.input;
    // n trials at a rate span n - 1 gaps, and offer no more than the rate.
    const span = param === 'rps' ? Math.max(seconds, measured.length / level.value) : seconds;
    for (const members of cellsOf(measured).values()) points.push(pointOf(level, members, span));
  }
  return { param, points };
}

const nameOf = (name: string) => (name === noiseName ? baselineName : name);

function cellsOf(measured: readonly Measured[]): Map<string, Measured[]> {
  return groupBy(measured, ({ trial: { cell } }) => JSON.stringify([cell.benchmark, nameOf(cell.policy_name)]));
}

function pointOf({ value, doubts }: LoadLevel, members: readonly Measured[], seconds: number): LoadPoint {
  const { benchmark, policy_name } = (members[0] as Measured).trial.cell;
  const each = (name: string) => members.flatMap(({ values }) => values[name] ?? []);
  const sum = (name: string) => each(name).reduce((total, one) => total + one, 0);
  const perSecond = (count: number) => (seconds > 0 ? count / seconds : 0);
  const ended = members.filter(({ trial }) => trial.status === 'ok').length;
  const judged = each('slo_attainment').length;
  return {
    ...{ value, policy_name: nameOf(policy_name), benchmark },
    ...{ trials: members.length, failed: members.filter(({ trial }) => trial.status === 'failed').length, seconds },
    trials_per_second: perSecond(ended),
    tokens_per_second: perSecond(sum('completion_tokens')),
    first_token_latency: spreadOf(each('first_token_latency')),
    avg_token_latency: spreadOf(each('avg_token_latency')),
    generation_time: spreadOf(each('generation_time')),
    slo_attainment: judged > 0 ? sum('slo_attainment') / judged : null,
    goodput: judged > 0 ? perSecond(sum('slo_attainment')) : null,
    doubts,
  };
}

function spreadOf(values: number[]): Spread | null {
  if (values.length === 0) return null;
  values.sort((a, b) => a - b);
  const [p50, p95, p99] = quantiles(values, [0.5, 0.95, 0.99]) as [number, number, number];
  return { mean: mean(values), p50, p95, p99, n: values.length };
}
