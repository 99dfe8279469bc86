import { groupBy } from '../core/index.ts';

/** One of each family, then the next of each: the first n samples hold the families in equal shares, whatever n is. */
export function takeTurns<T extends { family?: string }>(samples: readonly T[]): T[] {
  const families = groupBy(samples, ({ family }) => family);
  const longest = Math.max(0, ...[...families.values()].map((family) => family.length));
  return Array.from({ length: longest }, (_, i) =>
    [...families.values()].flatMap((family) => family.slice(i, i + 1)),
  ).flat();
}
