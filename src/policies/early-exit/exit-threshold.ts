/** How sure a token must be to leave, by how far the answer has come. */

export interface ExitThreshold {
  confidence_threshold: number;
  /** 0: the same for all tokens. */
  decay: number;
}

/**
 * λ · (0.9 + 0.1 · e^(−decay · t / N)): early mistakes spoil more of an answer than late ones. So it
 * is in CALM's code (t5x, contrib/calm); the paper (arXiv 2207.07061) has clip(0.9 · λ + 0.1 · e^(−τ · t / N)), which is
 * a little higher where λ is below 1.
 * @param token t, tokens of the answer so far
 * @param limit N, the token limit
 */
export function thresholdAt({ confidence_threshold, decay }: ExitThreshold, token: number, limit: number): number {
  return confidence_threshold * (0.9 + 0.1 * Math.exp((-decay * token) / limit));
}

/** No token can be that sure, not even the last one. */
export const isOutOfReach = (p: ExitThreshold): boolean => thresholdAt(p, 1, 1) > 1;
