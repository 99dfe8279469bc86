/** What speculation should bring if every draft were right with the same chance (Leviathan et al. arXiv:2211.17192). */

/** Tokens per verified pass of `drafts` drafts at acceptance `rate`: (1 − α^(k+1)) / (1 − α). */
export function expectedTokens(rate: number, drafts: number): number {
  return rate >= 1 ? drafts + 1 : (1 - rate ** (drafts + 1)) / (1 - rate);
}
