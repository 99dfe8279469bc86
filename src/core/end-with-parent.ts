import { Worker } from 'node:worker_threads';

/** Milliseconds between two looks at the parent. */
const patience = 500;

let watching: Worker | undefined;

/**
 * Ends this process soon after its parent is gone, also where the main thread has no turn: while a model is loaded, or
 * where code of a user's own loops. Another thread looks.
 * @returns ends the watch
 */
export function endWithParent(): () => void {
  if (watching) return () => undefined;
  const { ppid } = process;
  const watch = `setInterval(() => process.ppid === ${ppid} || process.kill(process.pid, 'SIGKILL'), ${patience})`;
  const worker = new Worker(watch, { eval: true, execArgv: [] });
  worker.unref();
  watching = worker;
  return () => {
    watching = undefined;
    void worker.terminate();
  };
}
