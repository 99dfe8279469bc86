import { normalisedPair } from './normalise-answer.ts';
import { countItems, multisetOverlap, type PrecisionRecall, precisionRecall } from './precision-recall.ts';

/**
 * Token precision, recall and F1 over the multisets of normalised words (Rajpurkar et al. 2016, "SQuAD", §4; the
 * normalisation is CRMArena's). What would vanish of the reference stays: see `normalisedPair`. Texts without a common
 * word give zeros, two empty texts too.
 */
export function tokenF1(prediction: string, reference: string): PrecisionRecall {
  return wordOverlap(...normalisedPair(prediction, reference));
}

/** `tokenF1` over words that are normalised already. */
export function wordOverlap(predicted: readonly string[], expected: readonly string[]): PrecisionRecall {
  const overlap = multisetOverlap(countItems(predicted), countItems(expected));
  return precisionRecall(overlap, predicted.length, expected.length);
}
