/** What stands under `policies:` and `benchmarks:`: a name, a list of names, or a map of names to settings. */
import { isMap } from './rules.ts';
import { show } from './show.ts';

export type Settings = Record<string, unknown>;

export interface Selection {
  names: readonly string[];
  /** Settings per name; empty for lists. */
  sections: Readonly<Record<string, Settings>>;
}

/** `raise` gets the path below the selection and what is wrong there. */
export function selectionOf(
  value: unknown,
  raise: (path: readonly string[], message: string) => never,
): Selection | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return { names: [value.trim()], sections: {} };
  if (Array.isArray(value)) {
    const wrong = value.findIndex((name) => typeof name !== 'string' || name.trim() === '');
    if (wrong >= 0) raise([], `must hold names, not ${show(value[wrong])}`);
    return { names: value.map((name) => name.trim()), sections: {} };
  }
  if (!isMap(value)) raise([], `must be a list of names or a map, not ${show(value)}`);
  const sections = Object.entries(value).map(([name, section]) => {
    if (section !== null && !isMap(section)) raise([name], `must be a map, not ${show(section)}`);
    return [name, section ?? {}] as const;
  });
  return { names: Object.keys(value), sections: Object.fromEntries(sections) };
}
