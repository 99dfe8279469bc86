import { type GramMatcher, lastPrepared, prepareGrams } from './gram-matches.ts';
import { splitWords, stripEnd } from './python-text.ts';
import { readingFor } from './read-alike.ts';

/**
 * BLEU (Papineni et al. 2002, "BLEU: a Method for Automatic Evaluation of Machine Translation"), as sacrebleu 2.6.0
 * computes it (Post 2018): 13a tokens, one reference, exponential smoothing.
 */
export interface BleuScore {
  /** In [0, 100], up to rounding. */
  bleu: number;
  /** Percent for n = 1 … 4, smoothed. */
  precisions: number[];
  brevityPenalty: number;
  /** Tokens of all predictions and of all references. */
  predictedLength: number;
  referenceLength: number;
}

export interface BleuOptions {
  /** Average only over the n-gram orders the prediction is long enough for. @default false */
  effectiveOrder?: boolean;
  /**
   * What would vanish stays: a reference without tokens (`<skipped>`) is read as what stands between white space, and
   * the answer alike. The official program gives 0 there. @default false
   */
  keepVanishing?: boolean;
}

const maximumOrder = 4;

const entities: readonly (readonly [RegExp, string])[] = [
  [/&quot;/g, '"'],
  [/&amp;/g, '&'],
  [/&lt;/g, '<'],
  [/&gt;/g, '>'],
];

/** The tokens of mteval-v13a: punctuation stands alone, except `.` and `,` inside numbers; `-` only after a digit. */
export function bleuTokens(text: string): string[] {
  let line = stripEnd(text).replaceAll('<skipped>', '').replaceAll('-\n', '').replaceAll('\n', ' ');
  for (const [entity, character] of entities) line = line.replace(entity, character);
  const spaced = ` ${line} `
    .replace(/[{-~[-`!-&(-+:-@/]/g, ' $& ')
    .replace(/([^0-9])([.,])/gu, '$1 $2 ')
    .replace(/([.,])([^0-9])/gu, ' $1 $2')
    .replace(/([0-9])(-)/g, '$1 $2 ');
  return splitWords(spaced);
}

/** Sums over sentences: matched and predicted n-grams per order, and both lengths in tokens. */
interface BleuCounts {
  matched: number[];
  predicted: number[];
  predictedLength: number;
  referenceLength: number;
}

interface Reference {
  length: number;
  match: GramMatcher;
}

const prepared = (tokens: readonly string[]): Reference => ({
  length: tokens.length,
  match: prepareGrams(tokens, maximumOrder),
});

/** The official program reads both sides by its own tokens, whatever they leave. */
const officialReference = lastPrepared((reference) => prepared(bleuTokens(reference)));
const official = (prediction: string, reference: string): BleuCounts =>
  countMatches(bleuTokens(prediction), officialReference(reference));

/** With `keepVanishing`. */
const keptReference = lastPrepared((reference) => {
  const read = readingFor(reference, [bleuTokens]);
  return { read, ...prepared(read(reference)) };
});

function kept(prediction: string, reference: string): BleuCounts {
  const gold = keptReference(reference);
  return countMatches(gold.read(prediction), gold);
}

function countMatches(tokens: readonly string[], { length, match }: Reference): BleuCounts {
  const orders = match(tokens);
  return {
    matched: orders.map((order) => order.matched),
    predicted: orders.map((order) => order.predicted),
    predictedLength: tokens.length,
    referenceLength: length,
  };
}

function addCounts(a: BleuCounts, b: BleuCounts): BleuCounts {
  const add = (left: number[], right: number[]) => left.map((value, index) => value + (right[index] as number));
  return {
    matched: add(a.matched, b.matched),
    predicted: add(a.predicted, b.predicted),
    predictedLength: a.predictedLength + b.predictedLength,
    referenceLength: a.referenceLength + b.referenceLength,
  };
}

/** Percent per order; the k-th order without a match counts 1/2^k matches. Orders longer than the text give 0. */
function smoothedPrecisions({ matched, predicted }: BleuCounts): number[] {
  let smoothing = 1;
  return predicted.map((total, index) => {
    const hits = matched[index] as number;
    if (total === 0) return 0;
    if (hits > 0) return (100 * hits) / total;
    smoothing *= 2;
    return 100 / (smoothing * total);
  });
}

function scoreOf(counts: BleuCounts, { effectiveOrder = false }: BleuOptions): BleuScore {
  const { predictedLength, referenceLength } = counts;
  const tooShort = predictedLength < referenceLength;
  const penalty = predictedLength > 0 ? Math.exp(1 - referenceLength / predictedLength) : 0;
  const brevityPenalty = tooShort ? penalty : 1;
  const shared = { brevityPenalty, predictedLength, referenceLength };
  if (!counts.matched.some((hits) => hits > 0)) return { bleu: 0, precisions: [0, 0, 0, 0], ...shared };
  const precisions = smoothedPrecisions(counts);
  const used = effectiveOrder ? precisions.filter((_, index) => (counts.predicted[index] as number) > 0) : precisions;
  const logarithm = used.reduce((sum, precision) => sum + Math.log(precision), 0) / used.length;
  return { bleu: brevityPenalty * Math.exp(logarithm), precisions, ...shared };
}

/** Sentence BLEU. Without `effectiveOrder` a prediction of fewer than four tokens scores 0. */
export function sentenceBleu(prediction: string, reference: string, options: BleuOptions = {}): BleuScore {
  return scoreOf((options.keepVanishing ? kept : official)(prediction, reference), options);
}

/** Corpus BLEU over pairs: counts are summed before any division, so it is not the mean of sentence scores. */
export function corpusBleu(pairs: readonly (readonly [prediction: string, reference: string])[]): BleuScore {
  const none: BleuCounts = { matched: [0, 0, 0, 0], predicted: [0, 0, 0, 0], predictedLength: 0, referenceLength: 0 };
  const counts = pairs.map(([prediction, reference]) => official(prediction, reference)).reduce(addCounts, none);
  return scoreOf(counts, {});
}
