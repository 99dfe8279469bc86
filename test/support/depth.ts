/**
 * How much of a deep check is played. `npm test` plays a part of each, which a known fault still fails;
 * `npm run test:slow` sets TESTS_IN_FULL and plays all.
 */
export const inFull = process.env.TESTS_IN_FULL !== undefined;

export const count = (part: number, full: number): number => (inFull ? full : part);

/** So many of the cases, first and last among them, evenly spaced; in full all of them. */
export function some<T>(cases: readonly T[], part: number): T[] {
  if (inFull || part >= cases.length) return [...cases];
  return Array.from({ length: part }, (_, at) => cases[Math.round((at * (cases.length - 1)) / (part - 1))] as T);
}
