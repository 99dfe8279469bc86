import { pythonWord, splitWords } from './python-text.ts';

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
