import { mean, standardDeviation } from './moments.ts';
import { type Interval, pairedIntervals, type Random } from './paired-interval.ts';
import { type Observation, type Pairs, pairBySample } from './pairs.ts';
import { samplesToShow } from './power.ts';
import { signFlipP } from './sign-flip.ts';
import { type Rules, type Verdict, verdictOf } from './verdict.ts';

/** A policy's metric against the baseline's, before the correction for several policies. */
export interface Comparison {
  difference: Interval;
  ratio: Interval;
  p: number | null;
  /** Samples in which both sides have a value. */
  n: number;
  differing: number;
  /** Samples that would show a difference of 5 % (scores: of 0.05) with a chance of 80 %, given this spread. */
  samplesToShow: number | null;
  /** Standard deviation of the paired differences, in the same unit: relative, or of scores as it is. Null of one pair. */
  deviation: number | null;
}

/** Pairs and compares values; `scale` says in which unit the 5 % of `samplesToShow` are meant. */
export const compare = (
  values: readonly Observation[],
  baseline: readonly Observation[],
  random: Random,
  scale: Rules['scale'],
): Comparison => comparePairs(pairBySample(values, baseline), random, scale);

/** The same of values that are paired already, one pair a sample, in an order that does not depend on the play. */
export function comparePairs(pairs: Pairs, random: Random, scale: Rules['scale']): Comparison {
  const n = pairs.values.length;
  const differences = new Float64Array(n);
  let differing = 0;
  for (let i = 0; i < n; i++) {
    const difference = (pairs.values[i] as number) - (pairs.baseline[i] as number);
    differences[i] = difference;
    if (difference !== 0) differing++;
  }
  const deviation = scale === 'ratio' ? relativeDeviation(pairs) : standardDeviation(differences);
  return {
    ...pairedIntervals(pairs.values, pairs.baseline, random),
    p: n === 0 ? null : signFlipP(differences, random),
    n,
    differing,
    samplesToShow: samplesToShow(0.05, deviation),
    deviation: Number.isFinite(deviation) ? deviation : null,
  };
}

/** Spread of the pairs in relative terms: of x/x̄ − y/ȳ. */
function relativeDeviation({ values, baseline }: Pairs): number {
  const meanValue = mean(values);
  const meanBaseline = mean(baseline);
  return standardDeviation(values.map((value, i) => value / meanValue - (baseline[i] as number) / meanBaseline));
}

/** The verdict on a comparison, given its corrected p. */
export const judge = (comparison: Comparison, p: number | null, rules: Rules): Verdict =>
  verdictOf({ ...comparison, p }, rules);
