import { plainText } from '../core/index.ts';
import { differences } from './differences.ts';

/** Characters of a value that a message shows. */
const mostShown = 60;

/**
 * `seed (1 then, 2 now)` for each path at which two JSON-like values differ, in the words of a configuration file; empty
 * where they are equal. Lists of policies and benchmarks that hold other names are shown by their names.
 */
export function differenceWords(then: unknown, now: unknown): string[] {
  const words = differences(then, now).map((path) => {
    const [list = '', at] = path.split('.');
    const names = [then, now].map((tree) => namesOf((tree as Tree | null | undefined)?.[list]));
    if (names[0] && names[1] && names[0].join() !== names[1].join())
      return `${list} (${names.map((all) => plainText(all?.join(', ') ?? '', mostShown)).join(' then, ')} now)`;
    const own = names[1]?.[Number(at)];
    return `${keyOf(own === undefined ? path : path.replace(`.${at}`, `.${own}`))} (${shown(then, path)} then, ${shown(now, path)} now)`;
  });
  return [...new Set(words)];
}

type Tree = Record<string, unknown>;

/** `maxTokens` → `max_tokens` */
const keyOf = (path: string) =>
  plainText(
    path.replace(/[a-z][A-Z]/g, ([a, b]) => `${a}_${b?.toLowerCase()}`),
    2 * mostShown,
  );

function namesOf(value: unknown): string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const names = value.map((one: Tree | null) => one?.label ?? one?.name);
  return names.every((name) => typeof name === 'string') ? (names as string[]) : undefined;
}

function shown(tree: unknown, path: string): string {
  let value = tree;
  for (const name of path.split('.')) value = (value as Tree | null | undefined)?.[name];
  return value == null ? 'not set' : plainText(JSON.stringify(value), mostShown);
}
