import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Job } from '../core/index.ts';
import { blocksOf } from './block.ts';
import { dealBlocks, groupsOf } from './deal-blocks.ts';

const jobOf = (policy: string, sample: string, block: string): Job => ({
  ...{ key: `${policy} ${sample}`, params: {}, block, sample, repeat: 0, seed: 1 },
  cell: {
    ...{ benchmark: 'b', policy_name: policy, realisation: 'engine' as const, backend: 'ggml', model: 'm' },
    fidelity: 'exact' as const,
  },
});

/** A policy's samples in blocks of a size, and the policies' blocks in turn. */
const planOf = (samples: number, sizes: readonly number[]): Job[] => {
  const all = sizes.flatMap((size, policy) =>
    Array.from({ length: samples }, (_, at) => ({
      at: Math.floor(at / size) * size,
      job: jobOf(`p${policy}`, `s${at}`, `p${policy}/${Math.floor(at / size)}`),
    })),
  );
  return all.sort((a, b) => a.at - b.at || (a.job.block < b.job.block ? -1 : 1)).map(({ job }) => job);
};

describe('blocks that are dealt to lanes', () => {
  it('are all played, each once, every sample in one lane, and in the plan’s order within a lane', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 });
    const turns = fc.infiniteStream(fc.nat(3));
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        sizes,
        fc.integer({ min: 1, max: 4 }),
        turns,
        (n, all, lanes, who) => {
          const jobs = planOf(n, all);
          const { groupOf } = groupsOf(jobs);
          const dealer = dealBlocks(
            blocksOf(jobs, () => true),
            groupOf,
            lanes,
          );
          const played: { lane: number; keys: string[]; samples: string[] }[] = [];
          const open = new Set(Array.from({ length: lanes }, (_, lane) => lane));
          while (open.size > 0) {
            const lane = [...open][(who.next().value as number) % open.size] as number;
            const block = dealer.next(lane);
            if (!block) open.delete(lane);
            else
              played.push({
                lane,
                keys: block.jobs.map(({ key }) => key),
                samples: block.jobs.map(({ sample }) => sample),
              });
          }
          const keys = jobs.map(({ key }) => key);
          expect(played.flatMap((one) => one.keys).sort()).toEqual([...keys].sort());
          const lanesOf = new Map<string, Set<number>>();
          for (const { lane, samples } of played)
            for (const sample of samples) lanesOf.set(sample, (lanesOf.get(sample) ?? new Set()).add(lane));
          expect([...lanesOf.values()].every((own) => own.size === 1)).toBe(true);
          for (let lane = 0; lane < lanes; lane++) {
            const places = played.filter((one) => one.lane === lane).map((one) => keys.indexOf(one.keys[0] as string));
            expect(places).toEqual([...places].sort((a, b) => a - b));
          }
        },
      ),
    );
  });

  it('leave no lane idle while a group that nobody has is left', () => {
    const jobs = planOf(6, [1, 1]);
    const { groupOf, count } = groupsOf(jobs);
    expect(count).toBe(6);
    const dealer = dealBlocks(
      blocksOf(jobs, () => true),
      groupOf,
      2,
    );
    const first = dealer.next(0)?.jobs[0]?.sample;
    // The second lane plays on while the first is at its first trial.
    const others = Array.from({ length: 10 }, () => dealer.next(1)?.jobs[0]?.sample);
    expect(others.filter((sample) => sample === first)).toEqual([]);
    expect(new Set(others).size).toBe(5);
    expect(dealer.next(1)).toBeUndefined();
    expect(dealer.next(0)?.jobs[0]?.sample).toBe(first);
  });

  it('keep the samples of a batch together', () => {
    const { groupOf, count } = groupsOf(planOf(8, [1, 4]));
    expect(count).toBe(2);
    expect(groupOf(jobOf('p0', 's0', 'x'))).toBe(groupOf(jobOf('p0', 's3', 'x')));
    expect(groupOf(jobOf('p0', 's0', 'x'))).not.toBe(groupOf(jobOf('p0', 's4', 'x')));
  });
});
