/** The file or folder that somebody may have meant, for messages. */
import { readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { nearest } from './nearest.ts';
import { plainText } from './plain-text.ts';
import { systemWords } from './system-words.ts';

/** A folder with more entries is no place where somebody mistyped one of them. */
const mostEntries = 5000;

/**
 * `; did you mean FOLDER/NAME?` where an entry of a near name lies in the same folder, else nothing.
 * @param fits whether an entry may be meant, by its path. @default all but those that begin with a dot
 */
export function didYouMeanFile(path: string, fits: (entry: string) => boolean = () => true): string {
  const folder = dirname(path);
  const names = entriesOf(folder).filter((name) => !name.startsWith('.') && fits(join(folder, name)));
  const near = nearest(basename(path), names);
  if (near === undefined) return '';
  const found = /^\.[\\/]/.test(path) ? `./${join(folder, near)}` : join(folder, near);
  return `; did you mean ${plainText(found, 200)}?`;
}

function entriesOf(folder: string): string[] {
  try {
    const names = readdirSync(folder);
    return names.length > mostEntries ? [] : names;
  } catch {
    return [];
  }
}

/** For "… cannot be read: …", of a file that was named. */
export const fileWords = (path: string, error: unknown): string =>
  `${systemWords(error)}${(error as NodeJS.ErrnoException).code === 'ENOENT' ? didYouMeanFile(path) : ''}`;
