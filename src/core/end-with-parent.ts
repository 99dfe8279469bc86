import { Worker } from 'node:worker_threads';

/** Milliseconds between two looks at the parent. */
const patience = 500;

let isWatched = false;

/**
 * Ends this process soon after its parent is gone, also where code of a user's own loops and leaves the main thread no
 * turn: another thread looks.
 */
export function endWithParent(): void {
  if (isWatched) return;
  isWatched = true;
  const { ppid } = process;
  const watch = `setInterval(() => process.ppid === ${ppid} || process.kill(process.pid, 'SIGKILL'), ${patience})`;
  new Worker(watch, { eval: true, execArgv: [] }).unref();
}
