import { describe, expect, it } from 'vitest';
import type { Job } from '../core/index.ts';
import { createRoute } from './route.ts';

const jobOf = (sample: string, policy_name: string) => ({ sample, cell: { benchmark: 'b', policy_name } }) as Job;

describe('the way of a job to a worker', () => {
  it('is that of its sample, whatever the policy and however busy the worker is by then', () => {
    const busy = [0, 0, 0];
    const route = createRoute(3, (worker) => busy[worker] ?? 0);
    const first = route(jobOf('s0', 'baseline'));
    busy[first] = 100;
    for (const policy of ['baseline_again', 'early_exit']) expect(route(jobOf('s0', policy))).toBe(first);
    expect(route(jobOf('s1', 'baseline'))).not.toBe(first);
  });

  it('goes to the least busy, and among equals to the one with the fewest samples', () => {
    const busy = [2, 0, 1];
    const route = createRoute(3, (worker) => busy[worker] ?? 0);
    expect(route(jobOf('s0', 'baseline'))).toBe(1);
    busy.fill(0);
    const samples = Array.from({ length: 299 }, (_, at) => route(jobOf(`t${at}`, 'baseline')));
    for (const worker of busy.keys()) {
      const own = samples.filter((one) => one === worker).length + (worker === 1 ? 1 : 0);
      expect(own).toBe(100);
    }
  });
});
