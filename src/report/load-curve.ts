/** What more load does: rates and latencies of the same plan, played once at each level of concurrency or request rate. */
import { groupBy } from '../core/index.ts';
import { baselineName, noiseName } from '../rows/index.ts';
import type { CellTable } from './cell-table.ts';
import type { Collected } from './collect-rows.ts';
import type { Spread } from './report-types.ts';
import { spreadOf } from './spread.ts';

export type LoadParam = 'concurrency' | 'rps';

/** One level of load, played as a run of its own. */
export interface LoadLevel {
  value: number;
  collected: Collected;
  /** Why its times may be wrong. */
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
  /** Level by level as they were given, then cell by cell in the order of a report. */
  points: LoadPoint[];
}

/** The baseline's second run is the same load as the first: both are one point. */
export function loadCurve(param: LoadParam, levels: readonly LoadLevel[]): LoadCurve {
  const points = levels.flatMap((level) => {
    const cells = level.collected.groups.flatMap((group) => group.cells);
    const trials = sum(cells.map(({ rows }) => rows));
    const { seconds } = level.collected;
    // n trials at a rate span n - 1 gaps, and offer no more than the rate.
    const span = param === 'rps' ? Math.max(seconds, trials / level.value) : seconds;
    return [...cellsOf(cells).values()].map((members) => pointOf(level, members, span));
  });
  return { param, points };
}

const nameOf = (name: string) => (name === noiseName ? baselineName : name);
const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0);

const cellsOf = (cells: readonly CellTable[]) =>
  groupBy(cells, ({ cell }) => JSON.stringify([cell.benchmark, nameOf(cell.policy_name)]));

function pointOf({ value, doubts }: LoadLevel, members: readonly CellTable[], seconds: number): LoadPoint {
  const { benchmark, policy_name } = (members[0] as CellTable).cell;
  const each = (name: string) =>
    members.flatMap(({ values }) => Array.from(values.get(name) ?? []).filter((one) => !Number.isNaN(one)));
  const spread = (name: string) => {
    const rows = members.flatMap(({ values, samples }) =>
      samples.map((sample, row) => [values.get(name)?.[row], sample]),
    );
    const known = rows.filter((row): row is [number, number] => row[0] !== undefined && !Number.isNaN(row[0]));
    // A sample that the second baseline played again is no second sample.
    const [measured, samples] = [known.map(([value]) => value), known.map(([, sample]) => sample)];
    return spreadOf(measured, samples) ?? null;
  };
  const perSecond = (count: number) => (seconds > 0 ? count / seconds : 0);
  const judged = each('slo_attainment');
  return {
    ...{ value, policy_name: nameOf(policy_name), benchmark },
    ...{ trials: sum(members.map(({ rows }) => rows)), failed: sum(members.map(({ failed }) => failed)), seconds },
    trials_per_second: perSecond(sum(members.map(({ ok }) => ok))),
    tokens_per_second: perSecond(sum(each('completion_tokens'))),
    first_token_latency: spread('first_token_latency'),
    avg_token_latency: spread('avg_token_latency'),
    generation_time: spread('generation_time'),
    slo_attainment: judged.length > 0 ? sum(judged) / judged.length : null,
    goodput: judged.length > 0 ? perSecond(sum(judged)) : null,
    doubts,
  };
}
