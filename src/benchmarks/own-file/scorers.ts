import type { Scores } from '../../core/index.ts';
import { chrf, normalisedMatch, rouge, sentenceBleu, tokenF1 } from '../../scorers/index.ts';
import { exactMatchOf } from '../match-text.ts';

interface Scorer {
  /** Names of its scores, the headline first. */
  gives: readonly string[];
  /** In the same order. */
  score(text: string, reference: string): Scores;
}

const sentence = { effectiveOrder: true, keepVanishing: true };

/** What `--scorer` takes. What would vanish of a reference stays (docs/scorers.md), so the reference itself scores 1. */
export const scorers = {
  /** Equal, white space aside. */
  exact_match: {
    gives: ['exact_match'],
    score: (text, reference) => ({ exact_match: exactMatchOf(text, reference) }),
  },
  /** Equal after case, punctuation and articles are dropped. */
  normalised_match: {
    gives: ['normalised_match'],
    score: (text, reference) => ({ normalised_match: normalisedMatch(text, reference) }),
  },
  /** F1 of ROUGE-1, ROUGE-2 and ROUGE-L, unstemmed. */
  rouge: {
    gives: ['rouge_l', 'rouge_1', 'rouge_2'],
    score: (text, reference) => {
      const { rouge1, rouge2, rougeL } = rouge(text, reference, { keepVanishing: true });
      return { rouge_l: rougeL.f1, rouge_1: rouge1.f1, rouge_2: rouge2.f1 };
    },
  },
  /** Words in common, after case, punctuation and articles are dropped. */
  f1: {
    gives: ['f1', 'precision', 'recall'],
    score: (text, reference) => {
      const { f1, precision, recall } = tokenF1(text, reference);
      return { f1, precision, recall };
    },
  },
  /** BLEU of the sentence in [0, 1], only over orders the answer is long enough for. */
  bleu: {
    gives: ['bleu'],
    score: (text, reference) => ({ bleu: sentenceBleu(text, reference, sentence).bleu / 100 }),
  },
  /** chrF in [0, 1]. */
  chrf: {
    gives: ['chrf'],
    score: (text, reference) => ({ chrf: chrf(text, reference) / 100 }),
  },
} as const satisfies Record<string, Scorer>;

export type ScorerName = keyof typeof scorers;
