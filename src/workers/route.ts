/** Which worker plays a job. */
import type { Job } from '../core/index.ts';

/**
 * All trials of a sample go to one worker: its baseline and its policies are compared with each other.
 * @param busy how many trials each worker has in flight. A sample that nobody has goes to the least busy
 */
export function createRoute(workers: number, busy: (worker: number) => number): (job: Job) => number {
  const owners = new Map<string, number>();
  const owned = Array.from({ length: workers }, () => 0);
  return ({ cell, sample }) => {
    const name = JSON.stringify([cell.benchmark, sample]);
    const known = owners.get(name);
    if (known !== undefined) return known;
    const all = owned.map((count, worker) => ({ worker, load: busy(worker), count }));
    const { worker } = all.reduce((a, b) => (b.load < a.load || (b.load === a.load && b.count < a.count) ? b : a));
    owners.set(name, worker);
    owned[worker] = (owned[worker] ?? 0) + 1;
    return worker;
  };
}
