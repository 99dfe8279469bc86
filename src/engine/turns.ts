/** Lets one caller in at a time, in order of arrival, with the event loop's other work in between. */
import { setImmediate } from 'node:timers/promises';

/**
 * @returns a function that waits for its turn and gives the function that ends it. Every turn begins with a macrotask
 *   of its own: aborts and new calls are heard between two turns, also when many callers wait.
 */
export function createTurns(): () => Promise<() => void> {
  let last: Promise<void> = Promise.resolve();
  return async () => {
    const before = last;
    let end: () => void = () => undefined;
    last = new Promise((resolve) => {
      end = resolve;
    });
    await before;
    await setImmediate();
    return end;
  };
}
