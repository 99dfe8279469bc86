/** Waiting that a signal or a clock can end. */
import { onAbort } from '../core/index.ts';

/**
 * Rejects with the signal's reason as soon as it aborts; else as the promise does. What comes later is dropped.
 * By hand: `Promise.race` and async functions make eight promises a call, and this runs three times a trial.
 */
export function unlessAborted<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    const leave = onAbort(signal, reject);
    promise.then(
      (value) => {
        leave();
        resolve(value);
      },
      (error) => {
        leave();
        reject(error);
      },
    );
  });
}

/** Whether the promise settled, well or badly, before that many milliseconds were over or the signal aborted. */
export async function settles(promise: Promise<unknown>, milliseconds: number, signal?: AbortSignal): Promise<boolean> {
  const over = new AbortController();
  // A turn later, so that what has settled already counts.
  const stop = () => setImmediate(() => over.abort());
  const timer = setTimeout(stop, milliseconds);
  signal?.addEventListener('abort', stop, { once: true });
  if (signal?.aborted) stop();
  const settled = promise.then(
    () => true,
    () => true,
  );
  try {
    return await unlessAborted(over.signal, settled).catch(() => false);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
  }
}

/** Aborts some milliseconds after another signal did: for work that may end in peace. */
export function delayed(signal: AbortSignal, milliseconds: number): Disposable & { signal: AbortSignal } {
  const late = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const start = () => {
    timer = setTimeout(() => late.abort(signal.reason), milliseconds);
  };
  if (signal.aborted) start();
  else signal.addEventListener('abort', start, { once: true });
  return {
    signal: late.signal,
    [Symbol.dispose]() {
      signal.removeEventListener('abort', start);
      clearTimeout(timer);
    },
  };
}
