import { plainText } from '../core/index.ts';
import { differences } from './differences.ts';

/** Characters of a value that a message shows. */
const mostShown = 60;

/** `seed (1 then, 2 now)` for each path at which two JSON-like values differ; empty where they are equal. */
export const differenceWords = (then: unknown, now: unknown): string[] =>
  differences(then, now).map((path) => `${path} (${shown(then, path)} then, ${shown(now, path)} now)`);

function shown(tree: unknown, path: string): string {
  let value = tree;
  for (const name of path.split('.')) value = (value as Record<string, unknown> | null | undefined)?.[name];
  return value === undefined ? 'none' : plainText(JSON.stringify(value), mostShown);
}
