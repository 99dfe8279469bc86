import type { Interval } from './paired-interval.ts';

/** `different` is for metrics where neither direction is better. */
export type Verdict = 'better' | 'worse' | 'different' | 'equivalent' | 'not shown' | 'too few';

/** Below this many samples the 95 % interval does not keep its coverage (docs/statistics.md). */
export const fewestSamples = 20;
/** With fewer differing pairs no sign-flip test can reach 5 %: 2/2⁵ = 0.0625. */
export const fewestDiffering = 6;

export interface Rules {
  better: 'more' | 'less' | 'neither';
  /** Half-width within which the metric counts as equivalent: of the difference, or of the ratio (0.05 = within 5 %). */
  margin: number;
  scale: 'difference' | 'ratio';
  /** Values lie in [0, 1] and rare large differences may not have shown up yet. */
  bounded?: boolean;
  /** The policy gives the baseline's tokens by construction. */
  exact?: boolean;
}

export interface Evidence {
  n: number;
  /** Pairs that differ at all. */
  differing: number;
  difference: Interval;
  ratio: Interval;
  /** p after correction. */
  p: number | null;
}

/**
 * Equivalent comes first: an effect inside the margin does not matter, however clear it is. Better and worse need both
 * the interval and the corrected p.
 */
export function verdictOf(evidence: Evidence, rules: Rules): Verdict {
  const { low, high } = evidence.difference;
  if (evidence.n < fewestSamples || low === null || high === null) return 'too few';
  if (unseen(evidence, rules)) return 'too few';
  if (withinMargin(evidence, rules)) return 'equivalent';
  if (evidence.p === null || evidence.p > 0.05 || (low <= 0 && high >= 0)) return 'not shown';
  if (rules.better === 'neither') return 'different';
  return low > 0 === (rules.better === 'more') ? 'better' : 'worse';
}

/**
 * The interval of a score knows nothing of differences that have not happened yet: with none in n samples, up to 3/n
 * of all samples may differ (rule of three), each by up to 1.
 */
function unseen(evidence: Evidence, rules: Rules): boolean {
  if (!rules.bounded || rules.exact) return false;
  return evidence.differing < fewestDiffering && 3 / evidence.n > rules.margin;
}

function withinMargin(evidence: Evidence, rules: Rules): boolean {
  const { difference, ratio } = evidence;
  if (rules.scale === 'difference' || ratio.low === null || ratio.high === null) {
    const reach = rules.scale === 'difference' ? rules.margin : 0;
    return (difference.low as number) >= -reach && (difference.high as number) <= reach;
  }
  return ratio.low >= 1 / (1 + rules.margin) && ratio.high <= 1 + rules.margin;
}
