import { type GramCounts, lastPrepared, matchGrams, prepareGrams } from './gram-matches.ts';
import { isSpaceCode, splitWords } from './python-text.ts';

/**
 * chrF (Popović 2015, "chrF: character n-gram F-score for automatic MT evaluation") and chrF++ (Popović 2017), as
 * sacrebleu 2.6.0 computes them: character n-grams of 1 … 6 without whitespace, β = 2, no smoothing.
 */
export interface ChrfOptions {
  /** Word n-grams up to this length count too: 2 makes it chrF++. @default 0 */
  wordOrder?: number;
}

const characterOrder = 6;
const beta = 2;

const isPunctuation = (character: string) => /[!-/:-@[-`{-~]/.test(character);

/** Splits one mark of ASCII punctuation off the end of a word, else off its start. */
function splitPunctuation(word: string): string[] {
  const characters = [...word];
  const last = characters.length - 1;
  if (last < 1) return [word];
  if (isPunctuation(characters[last] as string))
    return [characters.slice(0, last).join(''), characters[last] as string];
  if (isPunctuation(characters[0] as string)) return [characters[0] as string, characters.slice(1).join('')];
  return [word];
}

/** Code points without white space: a list of texts of one character each would cost several times as much. */
function charactersOf(text: string): Int32Array {
  const codes = new Int32Array(text.length);
  let count = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.codePointAt(at) as number;
    if (code > 0xffff) at++;
    if (!isSpaceCode(code)) codes[count++] = code;
  }
  return codes.subarray(0, count);
}

const wordsOf = (text: string) => splitWords(text).flatMap(splitPunctuation);

const charactersOfReference = lastPrepared((reference) => prepareGrams(charactersOf(reference), characterOrder));

function countPair(prediction: string, reference: string, wordOrder: number): GramCounts[] {
  const orders = [
    ...charactersOfReference(reference)(charactersOf(prediction)),
    ...(wordOrder > 0 ? matchGrams(wordsOf(prediction), wordsOf(reference), wordOrder) : []),
  ];
  // An order that the reference is too short for does not count against the prediction, in a corpus neither.
  return orders.map((order) => (order.expected > 0 ? order : { predicted: 0, expected: 0, matched: 0 }));
}

/** F of the mean precision and recall over the orders that both sides have. */
function scoreOf(orders: readonly GramCounts[]): number {
  const used = orders.filter(({ predicted, expected }) => predicted > 0 && expected > 0);
  const mean = (value: (order: GramCounts) => number) =>
    used.reduce((sum, order) => sum + value(order), 0) / Math.max(1, used.length);
  const precision = mean((order) => order.matched / order.predicted);
  const recall = mean((order) => order.matched / order.expected);
  if (precision + recall === 0) return 0;
  return (100 * (1 + beta ** 2) * precision * recall) / (beta ** 2 * precision + recall);
}

/** Sentence chrF (or chrF++) in [0, 100]. A side without characters gives 0. */
export function chrf(prediction: string, reference: string, options: ChrfOptions = {}): number {
  return scoreOf(countPair(prediction, reference, options.wordOrder ?? 0));
}

/** Corpus chrF over pairs: counts are summed before any division. */
export function corpusChrf(
  pairs: readonly (readonly [prediction: string, reference: string])[],
  options: ChrfOptions = {},
): number {
  const wordOrder = options.wordOrder ?? 0;
  const totals: GramCounts[] = Array.from({ length: characterOrder + wordOrder }, () => ({
    predicted: 0,
    expected: 0,
    matched: 0,
  }));
  for (const [prediction, reference] of pairs)
    countPair(prediction, reference, wordOrder).forEach((order, index) => {
      const total = totals[index] as GramCounts;
      total.predicted += order.predicted;
      total.expected += order.expected;
      total.matched += order.matched;
    });
  return scoreOf(totals);
}
