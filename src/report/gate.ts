/** `--fail-if 'throughput < 0.95x'`: what a change must not do, and whether an interval shows that it did. */
import { nearest, TtcError } from '../core/index.ts';
import { metrics } from '../metrics/index.ts';
import type { Interval } from '../stats/index.ts';
import { fewestDiffering } from '../stats/index.ts';

/** A limit on a metric of the second run against the first. */
export interface Condition {
  /** As it was given. */
  text: string;
  metric: string;
  side: '<' | '>';
  /** `ratio`: second over first, from `0.95x` or `-5%`. `difference`: second less first, in the metric's unit. */
  of: 'ratio' | 'difference';
  limit: number;
  /** It has a sign: `+0.5`. */
  isSigned: boolean;
}

const units = new Map<string, string>(metrics.map(({ name, unit }) => [name, unit]));

const grammar = /^\s*([A-Za-z_][\w.]*)\s*([<>])\s*([+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?)\s*(x|%)?\s*$/i;

/** @throws E_ARGUMENT where it is not `METRIC < NUMBER` or `METRIC > NUMBER`, the number plain, with `x` or with `%` */
export function parseCondition(text: string): Condition {
  const [, metric = '', side, amount, unit] = grammar.exec(text) ?? [];
  const number = Number(amount);
  if (!side || !Number.isFinite(number) || (unit === 'x' && number <= 0) || (unit === '%' && number <= -100)) {
    throw new TtcError('E_ARGUMENT', `--fail-if ${JSON.stringify(text)} is no condition`, {
      help: 'METRIC < or > a ratio (throughput < 0.95x), a change in percent (generation_time > +5%) or a difference (reward < -0.02)',
    });
  }
  const of = unit === undefined ? 'difference' : 'ratio';
  const limit = unit === '%' ? 1 + number / 100 : number;
  return { text: text.trim(), metric, side: side as '<' | '>', of, limit, isSigned: /^[+-]/.test(amount ?? '') };
}

/**
 * @throws E_ARGUMENT where no cell of the runs has a metric that a condition names, or a plain number could be meant as a
 * ratio or as a difference: of a score it is a difference, of times and rates the sign says so
 */
export function checkConditions(conditions: readonly Condition[], known: readonly string[]): void {
  for (const { metric, text, of, isSigned, limit } of conditions) {
    const unit = units.get(metric);
    if (of === 'difference' && !isSigned && limit !== 0 && unit !== undefined && unit !== 'score' && unit !== 'ratio')
      throw new TtcError('E_ARGUMENT', `--fail-if ${JSON.stringify(text)}: ${limit} is neither a ratio nor a change`, {
        help: `${limit}x for a ratio, or with a sign, +${limit} or -${limit}, for a change in ${unit}`,
      });
    if (known.includes(metric)) continue;
    const guess = nearest(metric, known);
    throw new TtcError(
      'E_ARGUMENT',
      `--fail-if ${JSON.stringify(text)}: no trial of these runs has a metric ${metric}`,
      {
        help: guess ? `did you mean ${guess}?` : 'ttcbench metrics lists the metrics there are',
      },
    );
  }
}

/** `failed`: the whole interval lies beyond the limit. `passed`: none of it does. `unclear`: neither is shown. */
export type GateResult = 'failed' | 'passed' | 'unclear';

export interface Evidence {
  interval: Interval;
  n: number;
  /** Fewest samples, or blocks, that get a verdict. */
  fewest: number;
  differing: number;
  /** A score in [0, 1]: rare differences may not have shown up yet. */
  bounded: boolean;
}

export function judgeCondition({ side, limit, of }: Condition, evidence: Evidence): GateResult {
  const { interval, n, fewest, differing, bounded } = evidence;
  const { low, high } = interval;
  if (n < fewest || low === null || high === null) return 'unclear';
  // Fewer differences show no loss, and exclude one only where 3/n of the samples could not make it (rule of three).
  if (bounded && differing < fewestDiffering)
    return of === 'difference' && 3 / n <= Math.abs(limit) && (side === '<' ? low >= limit : high <= limit)
      ? 'passed'
      : 'unclear';
  if (side === '<' ? high < limit : low > limit) return 'failed';
  return (side === '<' ? low >= limit : high <= limit) ? 'passed' : 'unclear';
}
