import { commonSubsequence, commonSubsequenceLength } from './common-subsequence.ts';
import { type GramCounts, matchGrams } from './gram-matches.ts';
import { stem } from './porter-stemmer.ts';
import { countItems, type PrecisionRecall, precisionRecall } from './precision-recall.ts';

/**
 * ROUGE (C.-Y. Lin 2004, "ROUGE: A Package for Automatic Evaluation of Summaries"), as rouge-score 0.1.2 computes it.
 */
export interface RougeScores {
  rouge1: PrecisionRecall;
  rouge2: PrecisionRecall;
  rougeL: PrecisionRecall;
  rougeLsum: PrecisionRecall;
}

export interface RougeOptions {
  /** Stem words of more than three letters. @default false */
  stem?: boolean;
}

/** Lower-case runs of a–z and 0–9; every other character separates, so all non-ASCII letters vanish. */
export function rougeTokens(text: string, options: RougeOptions = {}): string[] {
  const tokens = text.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  return options.stem ? tokens.map((token) => (token.length > 3 ? stem(token) : token)) : tokens;
}

const overlapOf = (grams: GramCounts | undefined) =>
  precisionRecall(grams?.matched ?? 0, grams?.predicted ?? 0, grams?.expected ?? 0);

function sentenceLevel(predicted: readonly string[], expected: readonly string[]): PrecisionRecall {
  return precisionRecall(commonSubsequenceLength(predicted, expected), predicted.length, expected.length);
}

/** Union of the longest common subsequences of one reference line with every predicted line (Lin 2004, §3.2). */
function unionSubsequence(line: readonly string[], predicted: readonly (readonly string[])[]): string[] {
  const positions = new Set(predicted.flatMap((other) => commonSubsequence(line, other, 'a')));
  return [...positions].sort((a, b) => a - b).map((position) => line[position] as string);
}

function takeOne(counts: Map<string, number>, token: string): void {
  counts.set(token, (counts.get(token) ?? 0) - 1);
}

/** ROUGE-Lsum: a token counts no more often than each side holds it. */
function summaryLevel(
  predicted: readonly (readonly string[])[],
  expected: readonly (readonly string[])[],
): PrecisionRecall {
  const [left, right] = [countItems(predicted.flat()), countItems(expected.flat())];
  let hits = 0;
  for (const token of expected.flatMap((line) => unionSubsequence(line, predicted))) {
    if ((left.get(token) ?? 0) <= 0 || (right.get(token) ?? 0) <= 0) continue;
    hits++;
    takeOne(left, token);
    takeOne(right, token);
  }
  return precisionRecall(hits, predicted.flat().length, expected.flat().length);
}

const linesOf = (text: string, options: RougeOptions) =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => rougeTokens(line, options));

/** ROUGE-1, -2, -L and -Lsum of a prediction against one reference. A side without tokens gives zeros. */
export function rouge(prediction: string, reference: string, options: RougeOptions = {}): RougeScores {
  const [predicted, expected] = [linesOf(prediction, options), linesOf(reference, options)];
  const [words, goldWords] = [predicted.flat(), expected.flat()];
  const rougeL = sentenceLevel(words, goldWords);
  const [unigrams, bigrams] = matchGrams(words, goldWords, 2);
  return {
    rouge1: overlapOf(unigrams),
    rouge2: overlapOf(bigrams),
    rougeL,
    // With one line on each side the union is a single subsequence, which clipping cannot shorten.
    rougeLsum: predicted.length === 1 && expected.length === 1 ? rougeL : summaryLevel(predicted, expected),
  };
}
