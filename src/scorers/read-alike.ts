import { splitWords } from './python-text.ts';

/** One way to read a text as words. */
export type Reading = (text: string) => string[];

/** The last resort: everything between white space, in lower case. It leaves nothing of blank texts alone. */
export const plainWords: Reading = (text) => splitWords(text.toLowerCase());

/**
 * How to read a reference, and its answers alike, so that what would vanish stays: the first of the readings that leaves
 * a word of the reference, or else `plainWords`. So the reference `A` is still there after articles are dropped, and
 * silence does not equal it.
 */
export function readingFor(reference: string, readings: readonly Reading[]): Reading {
  return readings.find((read) => read(reference).length > 0) ?? plainWords;
}
