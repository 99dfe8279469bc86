/** How many tokens the next step drafts: always the same number, or what pays by the prices of passes. */
import { bestLookahead } from '../../decode/index.ts';
import { createController } from './draft-controller.ts';

export interface Lookahead {
  /** Most tokens to draft in the next step; with 0 it decodes one token. */
  next(): number;
  /** What a step drafted and how many of that were right. */
  observe(drafted: number, accepted: number): void;
  /** Whether it wants to know if a draft would have been right where none is verified. */
  readonly watches: boolean;
  /** Whether the last `next` paused a fixed number. */
  readonly paused: boolean;
}

/** A fixed number, or none while a controller pauses drafting (draft-controller.ts); at a threshold of 0 it never does. */
export function fixedLookahead(most: number, threshold: number): Lookahead {
  const controller = createController(threshold);
  return {
    watches: false,
    get paused() {
      return !controller.mayDraft();
    },
    next: () => (controller.mayDraft() ? most : 0),
    observe: controller.observe,
  };
}

/** Most drafts of a step: a pass of more rows than 16 has other bits. */
export const mostDrafts = 15;

/** Before anything was seen: so large a share is right, and that counts as so many drafts. */
const prior = { share: 0.7, weight: 1 };

/** What a draft counts once another was judged: some ten drafts are remembered, so that a quote in free text shows. */
const memory = 0.9;

/** Steps between two looks at whether drafting pays again, for drafters that are not asked otherwise. */
const probeEvery = 16;

/**
 * The number with the most expected tokens per cost at the running share of right drafts (decode/best-lookahead.ts).
 * A step that drafted shows its right drafts and the first wrong one; those behind it were never judged. Where no number
 * pays the model decodes alone; every 16th such step drafts one token, to see whether it pays again. Drafts that cost
 * nothing are compared with the decoded token instead, which shows the same and costs no pass. Where not even drafts that
 * are always right would pay, nothing is drafted at all.
 * @param costOf of a step with so many drafts, as bestLookahead takes it
 * @param isFree whether drafting costs no pass
 */
export function autoLookahead(costOf: (drafts: number) => number, isFree: boolean): Lookahead {
  const canPay = bestLookahead(costOf, 1, mostDrafts) > 0;
  let right = prior.share * prior.weight;
  let judged = prior.weight;
  let since = 0;
  // The prior does not fade: it keeps the share from 0 and 1.
  const judge = (isRight: boolean) => {
    judged = (judged - prior.weight) * memory + 1 + prior.weight;
    right = (right - prior.share * prior.weight) * memory + (isRight ? 1 : 0) + prior.share * prior.weight;
  };
  return {
    watches: canPay && isFree,
    paused: false,
    next() {
      const best = canPay ? bestLookahead(costOf, right / judged, mostDrafts) : 0;
      since = best > 0 ? 0 : since + 1;
      if (best > 0 || isFree || !canPay || since < probeEvery) return best;
      since = 0;
      return 1;
    },
    observe(drafted, accepted) {
      for (let at = 0; at < accepted; at++) judge(true);
      if (accepted < drafted) judge(false);
    },
  };
}
