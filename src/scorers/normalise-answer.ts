import { lastPrepared } from './gram-matches.ts';
import { pythonWord, splitWords } from './python-text.ts';
import { type Reading, readingFor } from './read-alike.ts';

const punctuation = /[!-/:-@[-`{-~‘’´]/g;
const article = new RegExp(`(?<![${pythonWord}])(?:a|an|the)(?![${pythonWord}])`, 'gu');

/**
 * The answer normalisation of SQuAD as CRMArena's evaluator varies it: `_`, ASCII punctuation and the marks ‘ ’ ´ `
 * become spaces (typographic double quotes and dashes stay), lower case, the whole words a/an/the are dropped,
 * whitespace is collapsed. Returns the words.
 */
export function normalisedWords(text: string): string[] {
  return splitWords(text.toLowerCase().replace(punctuation, ' ').replace(article, ' '));
}

/** `normalisedWords` as one text. */
export function normaliseAnswer(text: string): string {
  return normalisedWords(text).join(' ');
}

/** The same without the step that drops a, an and the. */
const wordsWithArticles: Reading = (text) => splitWords(text.toLowerCase().replace(punctuation, ' '));

export const normalisedReadings: readonly Reading[] = [normalisedWords, wordsWithArticles];

/**
 * The normalised words of an answer and its reference. A step that would leave nothing of the reference is left out for
 * both: articles first, then punctuation.
 */
export function normalisedPair(
  prediction: string,
  reference: string,
): [predicted: string[], expected: readonly string[]] {
  const { read, words } = readReference(reference);
  return [read(prediction), words];
}

const readReference = lastPrepared((reference) => {
  const read = readingFor(reference, normalisedReadings);
  return { read, words: read(reference) as readonly string[] };
});
