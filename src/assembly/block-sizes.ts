import type { AnyPolicy, Job } from '../core/index.ts';
import { findPolicy } from '../policies/find-policy.ts';

/** Policy → trials that it wants to be offered at once, where that is more than one and its code is ours. */
export function blockSizesOf(jobs: readonly Job[]): Record<string, number> {
  const cells = new Map(jobs.map((job) => [job.cell.policy_name, job]));
  const sizes = [...cells].map(([name, { cell, params }]) => {
    const realisation = known(name.replace(/\[.*$/, ''))?.[cell.realisation];
    return [name, realisation?.blockSize?.(params) ?? 1] as const;
  });
  return Object.fromEntries(sizes.filter(([, size]) => size > 1));
}

/** A run folder may name what this version does not have. */
function known(name: string): AnyPolicy | undefined {
  try {
    return findPolicy(name).policy;
  } catch {
    return undefined;
  }
}
