import { TtcError } from '../core/error.ts';
import { commonSubsequence, commonSubsequenceLength } from './common-subsequence.ts';
import { type GramCounts, type GramMatcher, lastPrepared, prepareGrams } from './gram-matches.ts';
import { stem } from './porter-stemmer.ts';
import { countItems, type PrecisionRecall, precisionRecall } from './precision-recall.ts';
import { type Reading, readingFor } from './read-alike.ts';

/**
 * ROUGE (C.-Y. Lin 2004, "ROUGE: A Package for Automatic Evaluation of Summaries"), as rouge-score 0.1.2 computes it.
 */
export interface RougeScores {
  rouge1: PrecisionRecall;
  rouge2: PrecisionRecall;
  rougeL: PrecisionRecall;
  /** Computed when it is read. @throws TtcError E_SCORE where there are too many lines to compare each with each */
  readonly rougeLsum: PrecisionRecall;
}

export interface RougeOptions {
  /** Stem words of more than three letters. @default false */
  stem?: boolean;
  /**
   * What would vanish stays: a reference without any of a–z and 0–9 is read as the words of its own script, or else as
   * what stands between white space, and the answer alike. The official program gives 0 there. @default false
   */
  keepVanishing?: boolean;
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

/** Work of ROUGE-Lsum at most, about a second: words of 32 bits, and for each pair of lines some more. */
const mostLineWork = 5e7;
const workOfPair = 256;

type Lines = readonly (readonly string[])[];

/** For each token the distinct lines that hold it: other lines add nothing to a union, and neither do repeated ones. */
function linesByToken(lines: Lines): Map<string, Set<readonly string[]>> {
  const distinct = new Map(lines.map((line) => [line.join(' '), line]));
  const index = new Map<string, Set<readonly string[]>>();
  for (const line of distinct.values())
    for (const token of line) {
      const holders = index.get(token) ?? new Set();
      index.set(token, holders.add(line));
    }
  return index;
}

/**
 * For each reference line the union of its longest common subsequences with every predicted line (Lin 2004, §3.2).
 * @throws TtcError E_SCORE where there are too many lines to compare each with each
 */
function unionSubsequences(expected: Lines, predicted: Lines): string[] {
  const index = linesByToken(predicted);
  let work = 0;
  return expected.flatMap((line) => {
    const others = new Set([...new Set(line)].flatMap((token) => [...(index.get(token) ?? [])]));
    for (const other of others) work += (line.length * other.length) / 32 + workOfPair;
    if (work > mostLineWork)
      throw new TtcError('E_SCORE', `${expected.length} and ${predicted.length} lines are too many for ROUGE-Lsum`);
    const positions = new Set([...others].flatMap((other) => commonSubsequence(line, other, 'a')));
    return [...positions].sort((a, b) => a - b).map((position) => line[position] as string);
  });
}

function takeOne(counts: Map<string, number>, token: string): void {
  counts.set(token, (counts.get(token) ?? 0) - 1);
}

/** ROUGE-Lsum: a token counts no more often than each side holds it. */
function summaryLevel(predicted: Lines, expected: Lines): PrecisionRecall {
  const [left, right] = [countItems(predicted.flat()), countItems(expected.flat())];
  let hits = 0;
  for (const token of unionSubsequences(expected, predicted)) {
    if ((left.get(token) ?? 0) <= 0 || (right.get(token) ?? 0) <= 0) continue;
    hits++;
    takeOne(left, token);
    takeOne(right, token);
  }
  return precisionRecall(hits, predicted.flat().length, expected.flat().length);
}

const wordsOfAnyScript: Reading = (text) => text.toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];

function readLines(text: string, read: Reading): string[][] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map(read);
}

interface Reference {
  read: Reading;
  lines: Lines;
  words: readonly string[];
  match: GramMatcher;
}

function prepared(reference: string, read: Reading): Reference {
  const lines = readLines(reference, read);
  const words = lines.flat();
  return { read, lines, words, match: prepareGrams(words, 2) };
}

const plainReference = lastPrepared((reference) => prepared(reference, (text) => rougeTokens(text)));

/** With `keepVanishing`. */
const keptReference = lastPrepared((reference) =>
  prepared(reference, readingFor(reference, [(text) => rougeTokens(text), wordsOfAnyScript])),
);

function referenceOf(reference: string, options: RougeOptions): Reference {
  if (!options.stem) return (options.keepVanishing ? keptReference : plainReference)(reference);
  const official: Reading = (text) => rougeTokens(text, options);
  return prepared(reference, options.keepVanishing ? readingFor(reference, [official, wordsOfAnyScript]) : official);
}

/**
 * ROUGE-1, -2, -L and -Lsum of a prediction against one reference. A side without tokens gives zeros.
 * @throws TtcError E_SCORE where the texts are too long for a common subsequence (docs/scorers.md)
 */
export function rouge(prediction: string, reference: string, options: RougeOptions = {}): RougeScores {
  const { read, lines: expected, words: goldWords, match } = referenceOf(reference, options);
  const predicted = readLines(prediction, read);
  const words = predicted.flat();
  const rougeL = sentenceLevel(words, goldWords);
  const [unigrams, bigrams] = match(words);
  // With one line on each side the union is a single subsequence, which clipping cannot shorten.
  let summary = predicted.length === 1 && expected.length === 1 ? rougeL : undefined;
  return {
    rouge1: overlapOf(unigrams),
    rouge2: overlapOf(bigrams),
    rougeL,
    // No metric reads it, and it takes longer than all the others: only who asks pays.
    get rougeLsum() {
      summary ??= summaryLevel(predicted, expected);
      return summary;
    },
  };
}
