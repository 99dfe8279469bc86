import type { Interval } from './paired-interval.ts';

/** `different` is for metrics where neither direction is better. */
export type Verdict = 'better' | 'worse' | 'different' | 'equivalent' | 'not shown' | 'too few';

/** Below this many samples the 95 % interval does not keep its coverage (docs/statistics.md). */
export const fewestSamples = 20;
/** Of blocks, each a sum over many samples: sums are nearly normal, so eight of them do (docs/statistics.md). */
export const fewestBlocks = 8;
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
  /** Fewer samples, or blocks, get no verdict. @default fewestSamples */
  fewest?: number;
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
  const { low, high, neutral, least, most } = decisive(evidence, rules);
  if (evidence.n < (rules.fewest ?? fewestSamples) || low === null || high === null) return 'too few';
  if (unseen(evidence, rules)) return 'too few';
  if (low >= least && high <= most) return 'equivalent';
  if (evidence.p === null || evidence.p > 0.05 || (low <= neutral && high >= neutral)) return 'not shown';
  if (rules.better === 'neither') return 'different';
  return low > neutral === (rules.better === 'more') ? 'better' : 'worse';
}

/**
 * The interval of the metric's scale decides alone, for it is the one that is printed: near their ends that of the
 * difference and that of the ratio may disagree. Without a ratio (baseline's mean 0, values below 0) there is no
 * relative margin either, so only no difference at all is equivalent.
 */
function decisive({ difference, ratio }: Evidence, { scale, margin }: Rules) {
  if (scale === 'difference') return { ...difference, neutral: 0, least: -margin, most: margin };
  if (ratio.low === null || ratio.high === null) return { ...difference, neutral: 0, least: 0, most: 0 };
  return { ...ratio, neutral: 1, least: 1 / (1 + margin), most: 1 + margin };
}

/**
 * The interval of a score knows nothing of differences that have not happened yet: with none in n samples, up to 3/n
 * of all samples may differ (rule of three), each by up to 1.
 */
function unseen(evidence: Evidence, rules: Rules): boolean {
  if (!rules.bounded || rules.exact) return false;
  return evidence.differing < fewestDiffering && 3 / evidence.n > rules.margin;
}
