import { expectedTokens } from './expected-tokens.ts';

/**
 * How many tokens to draft so that a token of the answer costs least: the k from 0 to `most` with the most expected tokens
 * per cost, E(k) / cost(k). E(k) = (1 − α^(k+1)) / (1 − α) are the tokens of a pass that verifies k drafts, each right with
 * chance α if all before it were (Leviathan et al. 2023, arXiv 2211.17192, equation 1). Of equal lengths the shortest.
 * @param costOf what a step with so many drafts costs, drafting included, in any unit; without a draft: decoding one token
 * @param rate α, in [0, 1]
 */
export function bestLookahead(costOf: (drafts: number) => number, rate: number, most: number): number {
  const worth = (drafts: number) => expectedTokens(rate, drafts) / costOf(drafts);
  let best = 0;
  for (let drafts = 1; drafts <= most; drafts++) if (worth(drafts) > worth(best)) best = drafts;
  return best;
}
