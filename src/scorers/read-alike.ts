import { splitWords } from './python-text.ts';

/** One way to read a text as words. */
export type Reading = (text: string) => string[];

/** The last resort: everything between white space, in lower case. It leaves nothing of blank texts alone. */
export const plainWords: Reading = (text) => splitWords(text.toLowerCase());

/** The first of the readings that leaves a word of the reference, or else `plainWords`. */
export function readingFor(reference: string, readings: readonly Reading[]): Reading {
  return readings.find((read) => read(reference).length > 0) ?? plainWords;
}

/**
 * What would vanish stays. Reads both texts by the first of the readings that leaves a word of the reference, else by
 * `plainWords`. So the reference `A` is still there after articles are dropped, silence does not equal it, and the
 * answer is always read as the reference is.
 */
export function readAlike(
  prediction: string,
  reference: string,
  readings: readonly Reading[],
): [predicted: string[], expected: string[]] {
  const read = readingFor(reference, readings);
  return [read(prediction), read(reference)];
}
