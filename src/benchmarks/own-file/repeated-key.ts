/** Where the text that begins at a quote ends: at its closing quote. */
function endOfText(json: string, start: number): number {
  let at = start + 1;
  while (at < json.length && json[at] !== '"') at += json[at] === '\\' ? 2 : 1;
  return at;
}

/**
 * The first key that an object of a JSON text gives twice, or undefined. `JSON.parse` takes the last one without a word,
 * so a second `reference` would replace the first. The text has to be valid JSON.
 */
export function repeatedKey(json: string): string | undefined {
  /** The keys of each object that is open; undefined for a list. */
  const open: (Set<string> | undefined)[] = [];
  let isKeyNext = false;
  for (let at = 0; at < json.length; at++) {
    const character = json[at];
    if (character === '{' || character === '[') open.push(character === '{' ? new Set() : undefined);
    else if (character === '}' || character === ']') open.pop();
    const keys = open.at(-1);
    if (character === '{' || character === ',') isKeyNext = keys !== undefined;
    if (character !== '"') continue;
    const end = endOfText(json, at);
    if (isKeyNext && keys) {
      const key = JSON.parse(json.slice(at, end + 1)) as string;
      if (keys.has(key)) return key;
      keys.add(key);
    }
    isKeyNext = false;
    at = end;
  }
  return undefined;
}
