/** What is made of runs: made anew only when they have changed, and one at a time for each name. */
const mostKept = 8;

export function createCache<T>() {
  const kept = new Map<string, { revision: string; made: Promise<T> }>();
  /** @param revision changes when what it is made of does */
  return async (name: string, revision: string, make: () => Promise<T>): Promise<T> => {
    const known = kept.get(name);
    if (known?.revision === revision) return await known.made;
    // Who asks while an older one is made waits for it: reading a run twice at once makes both slow.
    const made = (known?.made ?? Promise.resolve()).then(make, make);
    kept.delete(name);
    kept.set(name, { revision, made });
    const [oldest] = kept.keys();
    if (kept.size > mostKept && oldest !== undefined) kept.delete(oldest);
    made.catch(() => kept.get(name)?.made === made && kept.delete(name));
    return await made;
  };
}
