import { inspect } from 'node:util';
import { distance } from 'fastest-levenshtein';

/** `; did you mean X?` where a known name is near, else nothing. */
export function didYouMean(name: string, known: readonly string[]): string {
  const near = nearest(name, known);
  return near === undefined ? '' : `; did you mean ${near}?`;
}

/** The known name that takes the fewest typing errors, if they are few; a name cut short counts as one error. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const plain = name.toLowerCase().replaceAll('-', '_');
  const ranked = known.map((other) => ({
    other,
    errors: errorsBetween(plain, other.toLowerCase().replaceAll('-', '_')),
  }));
  const best = ranked.sort((a, b) => a.errors - b.errors)[0];
  return best && best.errors <= Math.max(2, Math.floor(plain.length / 3)) ? best.other : undefined;
}

function errorsBetween(name: string, other: string): number {
  const whole = distance(name, other);
  if (name.length < 4 || other.length <= name.length) return whole;
  const starts = [-1, 0, 1].map((longer) => 1 + distance(name, other.slice(0, name.length + longer)));
  return Math.min(whole, ...starts);
}

/** A wrong value as messages show it. */
export function show(value: unknown): string {
  if (typeof value === 'string')
    return value.length > 60 ? `${JSON.stringify(value.slice(0, 60))}…` : JSON.stringify(value);
  return inspect(value, { depth: 1, breakLength: Number.POSITIVE_INFINITY }).slice(0, 80);
}
