/**
 * Work that shares one processor, one piece after the other. Pieces that took turns would all end when the last one does;
 * in a line each waits for those before it only, which is half as long on average.
 */
export function createLine(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const done = last.then(work);
    last = done.catch(() => undefined);
    return done;
  };
}
