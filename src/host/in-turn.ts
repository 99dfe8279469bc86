/**
 * Work that shares one processor, one piece after the other. Pieces that took turns would all end when the last one does;
 * in a line each waits for those before it only, which is half as long on average. Who asks for what waits or runs already
 * gets its result: two policies that ask at the same time wait no longer than each would alone.
 */
export function createLine<T>(): (key: string, work: () => Promise<T>) => Promise<T> {
  const open = new Map<string, Promise<T>>();
  let last: Promise<unknown> = Promise.resolve();
  return (key, work) => {
    const known = open.get(key);
    if (known) return known;
    const done = last.then(work).finally(() => open.delete(key));
    open.set(key, done);
    last = done.catch(() => undefined);
    return done;
  };
}
