/** Names of models that are split over several files: `name-00001-of-00003.gguf`. */

const pattern = /-(\d{5})-of-(\d{5})\.gguf$/i;

/** The names of all parts, in order, for the name of the first; undefined for a name that is no first part. */
export function splitParts(first: string): string[] | undefined {
  const found = pattern.exec(first);
  const count = Number(found?.[2]);
  if (!found || Number(found[1]) !== 1 || count < 2 || count > 999) return undefined;
  const stem = first.slice(0, found.index);
  return Array.from(
    { length: count },
    (_, index) => `${stem}-${String(index + 1).padStart(5, '0')}-of-${found[2]}.gguf`,
  );
}

/** Whether the name is that of a part after the first, which is no model by itself. */
export function isLaterPart(name: string): boolean {
  const found = pattern.exec(name);
  return found !== null && Number(found[1]) !== 1;
}
