/** Precision, recall and their harmonic mean, all in [0, 1]. */
export interface PrecisionRecall {
  precision: number;
  recall: number;
  f1: number;
}

export const noOverlap: Readonly<PrecisionRecall> = { precision: 0, recall: 0, f1: 0 };

/** F1 = 2PR/(P+R); 0 where both are 0. */
export function harmonicMean(precision: number, recall: number): number {
  return precision + recall > 0 ? (2 * precision * recall) / (precision + recall) : 0;
}

/** P = matched/predicted, R = matched/expected; a side without items gives zeros. */
export function precisionRecall(matched: number, predicted: number, expected: number): PrecisionRecall {
  if (matched === 0 || predicted === 0 || expected === 0) return { ...noOverlap };
  const precision = matched / predicted;
  const recall = matched / expected;
  return { precision, recall, f1: harmonicMean(precision, recall) };
}

/** How often each item occurs. */
export function countItems(items: Iterable<string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
  return counts;
}

/** Size of the intersection of two multisets. */
export function multisetOverlap(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): number {
  let overlap = 0;
  for (const [item, count] of a) overlap += Math.min(count, b.get(item) ?? 0);
  return overlap;
}

/** All runs of `size` neighbouring tokens, joined by spaces: tokens hold none. */
export function nGrams(tokens: readonly string[], size: number): string[] {
  const grams: string[] = [];
  for (let start = 0; start + size <= tokens.length; start++) grams.push(tokens.slice(start, start + size).join(' '));
  return grams;
}
