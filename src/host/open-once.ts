/** Things that are opened by a path, each once, and closed together. */
export interface OpenOnce<T extends AsyncDisposable> extends AsyncDisposable {
  open(path: string): Promise<T>;
}

export function openOnce<T extends AsyncDisposable>(create: (path: string) => Promise<T>): OpenOnce<T> {
  const opened = new Map<string, Promise<T>>();
  return {
    open(path) {
      const opening = opened.get(path) ?? create(path);
      opened.set(path, opening);
      // What could not be opened is tried again.
      opening.catch(() => opened.delete(path));
      return opening;
    },
    async [Symbol.asyncDispose]() {
      for (const opening of opened.values()) await (await opening.catch(() => undefined))?.[Symbol.asyncDispose]();
    },
  };
}
