/** The known name that somebody may have meant, for messages. */

/** `; did you mean X?` where a known name is near, else nothing. */
export function didYouMean(name: string, known: readonly string[]): string {
  const near = nearest(name, known);
  return near === undefined ? '' : `; did you mean ${near}?`;
}

/** The known name that takes the fewest typing errors, if they are few; a name cut short counts as one error. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const plain = name.toLowerCase().replaceAll('-', '_');
  const most = mostErrors(plain);
  const ranked = known
    .filter((other) => plain.length - other.length <= most)
    .map((other) => ({ other, errors: errorsBetween(plain, other.toLowerCase().replaceAll('-', '_')) }));
  const best = ranked.sort((a, b) => a.errors - b.errors)[0];
  return best && best.errors <= most ? best.other : undefined;
}

/** A third of the name; of a short one never so much that any other short name would do. */
function mostErrors({ length }: string): number {
  if (length < 3) return 0;
  return Math.max(length < 5 ? 1 : 2, Math.floor(length / 3));
}

function errorsBetween(name: string, other: string): number {
  const whole = distance(name, other);
  if (name.length < 4 || other.length <= name.length) return whole;
  const starts = [-1, 0, 1].map((longer) => 1 + distance(name, other.slice(0, name.length + longer)));
  return Math.min(whole, ...starts);
}

/** Letters put in, left out or replaced, and neighbours in the wrong order: each is one error. */
function distance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  const at = (i: number, j: number) => rows[i]?.[j] as number;
  for (let i = 1; i <= a.length; i++) {
    rows.push([i]);
    for (let j = 1; j <= b.length; j++) {
      const replaced = at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isTurned = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const turned = isTurned ? at(i - 2, j - 2) + 1 : Number.POSITIVE_INFINITY;
      rows[i]?.push(Math.min(replaced, turned, at(i - 1, j) + 1, at(i, j - 1) + 1));
    }
  }
  return at(a.length, b.length);
}
