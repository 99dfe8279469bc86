/**
 * Which code of the user's own may be running in this process: metrics, client policies. Code that never gives control
 * back cannot be stopped from within, so whoever listens (`modules/watchdog.ts`) has to know its name beforehand.
 */
let listener: ((running: string) => void) | undefined;
const running: string[] = [];

/** @param hear gets the name of what was entered last and is not over; '' where nothing is */
export function listenToUserCode(hear: (running: string) => void): void {
  listener = hear;
}

/** @returns says that it is over */
export function enterUserCode(name: string): () => void {
  if (!listener) return over;
  running.push(name);
  listener(name);
  return () => {
    const at = running.lastIndexOf(name);
    if (at >= 0) running.splice(at, 1);
    listener?.(running.at(-1) ?? '');
  };
}

const over = () => undefined;

/** Calls code of the user's own. What it promises belongs to it until it is settled. */
export function inUserCode<T>(name: string, work: () => T): T {
  const leave = enterUserCode(name);
  let value: T;
  try {
    value = work();
  } catch (error) {
    leave();
    throw error;
  }
  if (value instanceof Promise) return value.finally(leave) as T;
  leave();
  return value;
}
