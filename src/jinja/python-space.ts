/** What Python calls white space: JavaScript's `\s` has U+FEFF, which Python's lacks, and lacks U+001C to U+001F and U+0085. */
const spaces = new Set(
  '\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000',
);

export const isSpace = (character: string): boolean => spaces.has(character);

/** Python's `lstrip`. @param characters a set of characters. @default white space */
export function stripStart(text: string, characters?: string): string {
  const drop = dropper(characters);
  let from = 0;
  for (const character of text) {
    if (!drop(character)) break;
    from += character.length;
  }
  return text.slice(from);
}

/** Python's `rstrip`. */
export function stripEnd(text: string, characters?: string): string {
  const drop = dropper(characters);
  let to = text.length;
  while (to > 0) {
    const pair =
      to > 1 && /[\ud800-\udbff]/.test(text[to - 2] as string) && /[\udc00-\udfff]/.test(text[to - 1] as string);
    const character = text.slice(to - (pair ? 2 : 1), to);
    if (!drop(character)) break;
    to -= character.length;
  }
  return text.slice(0, to);
}

function dropper(characters: string | undefined): (character: string) => boolean {
  if (characters === undefined) return isSpace;
  const set = new Set(characters);
  return (character) => set.has(character);
}
