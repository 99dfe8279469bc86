import { normalisedPair } from './normalise-answer.ts';
import { strip } from './python-text.ts';

/** 1 where both texts are equal after whitespace at the ends is dropped, else 0. Case and punctuation count. */
export function exactMatch(prediction: string, reference: string): 0 | 1 {
  return strip(prediction) === strip(reference) ? 1 : 0;
}

/**
 * 1 where both texts are equal after the normalisation of `normaliseAnswer`, else 0 (SQuAD's "EM"). What would vanish
 * of the reference stays: see `normalisedPair`.
 */
export function normalisedMatch(prediction: string, reference: string): 0 | 1 {
  const [predicted, expected] = normalisedPair(prediction, reference);
  return predicted.join(' ') === expected.join(' ') ? 1 : 0;
}
