/** Does a confidence mean what it says? */

/** A statement that was made with this confidence in [0, 1], and whether it was right. */
export interface Claim {
  confidence: number;
  right: boolean;
}

export interface Calibration {
  count: number;
  /** Mean confidence. */
  confidence: number;
  /** Share that was right. */
  right: number;
  /** Expected calibration error: |share right − mean confidence| per bin, weighted by the bins' sizes. */
  error: number;
}

/**
 * Bins of equal width, the last one closed (Naeini et al. 2015; Guo et al. 2017, arXiv 1706.04599).
 * The error of few claims is too large: with n claims in a bin the share right wanders by 1/√(4n).
 */
export function calibrationOf(claims: readonly Claim[], bins = 10): Calibration {
  const sums = Array.from({ length: bins }, () => ({ count: 0, confidence: 0, right: 0 }));
  for (const { confidence, right } of claims) {
    const bin = sums[Math.min(bins - 1, Math.floor(confidence * bins))] as (typeof sums)[number];
    bin.count++;
    bin.confidence += confidence;
    bin.right += Number(right);
  }
  const total = (of: (bin: (typeof sums)[number]) => number) => sums.reduce((sum, bin) => sum + of(bin), 0);
  const share = (part: number) => (claims.length > 0 ? part / claims.length : 0);
  return {
    count: claims.length,
    confidence: share(total((bin) => bin.confidence)),
    right: share(total((bin) => bin.right)),
    error: share(total((bin) => Math.abs(bin.right - bin.confidence))),
  };
}
