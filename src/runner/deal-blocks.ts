/** Blocks of a plan shared out among engines that play side by side. */
import type { Job } from '../core/index.ts';
import type { Block } from './block.ts';

export interface Dealer {
  /** The first block of the plan that this lane may play; undefined where none is left for it. */
  next(lane: number): Block | undefined;
}

/** @returns the name of the group of samples that a job belongs to */
export type GroupOf = (job: Job) => string;

/**
 * All policies of a sample go to one lane: the first that takes a block of its group. Within a lane blocks keep the
 * plan's order. A lane without work of its own takes the next group that nobody has, so that no lane waits for another.
 */
export function dealBlocks(blocks: Iterable<Block>, groupOf: GroupOf, lanes: number): Dealer {
  const source = blocks[Symbol.iterator]();
  const owners = new Map<string, number>();
  const waiting = Array.from({ length: lanes }, () => [] as Block[]);
  return {
    next(lane) {
      const own = waiting[lane]?.shift();
      if (own) return own;
      for (let { value, done } = source.next(); !done; { value, done } = source.next()) {
        const group = groupOf(value.jobs[0] as Job);
        const owner = owners.get(group) ?? lane;
        owners.set(group, owner);
        if (owner === lane) return value;
        waiting[owner]?.push(value);
      }
      return undefined;
    },
  };
}

const sampleOf = ({ cell, sample }: Job): string => JSON.stringify([cell.benchmark, sample]);

/** Samples that share a block under any policy are one group, and so are samples that are linked by others. */
export function groupsOf(jobs: readonly Job[]): { groupOf: GroupOf; count: number } {
  const parents = new Map<string, string>();
  const rootOf = (name: string): string => {
    let root = name;
    for (let up = parents.get(root); up !== undefined && up !== root; up = parents.get(root)) root = up;
    parents.set(name, root);
    return root;
  };
  const firsts = new Map<string, string>();
  for (const job of jobs) {
    const root = rootOf(sampleOf(job));
    const first = firsts.get(job.block);
    if (first === undefined) firsts.set(job.block, root);
    else parents.set(root, rootOf(first));
  }
  const roots = new Set([...parents.keys()].map(rootOf));
  return { groupOf: (job) => rootOf(sampleOf(job)), count: roots.size };
}
