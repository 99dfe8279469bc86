/** Parts pushed by socket callbacks, pulled by a consumer. Never holds the socket back: answers are small. */
import type { Part } from '../core/index.ts';

export interface PartQueue {
  push(part: Part): void;
  /** No more parts: `next` gives what is left, then ends, or throws `error` if there is one. */
  close(error?: unknown): void;
  next(): Promise<IteratorResult<Part, undefined>>;
}

interface Waiter {
  resolve(result: IteratorResult<Part, undefined>): void;
  reject(error: unknown): void;
}

export function createPartQueue(): PartQueue {
  const parts: Part[] = [];
  const waiters: Waiter[] = [];
  let closed = false;
  let failure: unknown;

  const finish = (waiter: Waiter) => {
    const error = failure;
    failure = undefined;
    if (error === undefined) waiter.resolve({ value: undefined, done: true });
    else waiter.reject(error);
  };

  return {
    push(part) {
      const waiter = waiters.shift();
      if (waiter) waiter.resolve({ value: part, done: false });
      else parts.push(part);
    },
    close(error) {
      if (closed) return;
      closed = true;
      failure = error;
      for (const waiter of waiters.splice(0)) finish(waiter);
    },
    next() {
      return new Promise((resolve, reject) => {
        const part = parts.shift();
        if (part) resolve({ value: part, done: false });
        else if (closed) finish({ resolve, reject });
        else waiters.push({ resolve, reject });
      });
    },
  };
}
