/** Values pushed by one side, awaited in order by the other. */
export interface Queue<T> {
  push(value: T): void;
  next(): Promise<T>;
}

export function createQueue<T>(): Queue<T> {
  const values: T[] = [];
  let waiting: ((value: T) => void) | undefined;
  return {
    push(value) {
      if (waiting) {
        const resolve = waiting;
        waiting = undefined;
        resolve(value);
      } else values.push(value);
    },
    next() {
      if (values.length > 0) return Promise.resolve(values.shift() as T);
      return new Promise((resolve) => {
        waiting = resolve;
      });
    },
  };
}
