import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toyBackend, toyBenchmark, toyConfig, toyPolicy } from '../../test/crash/toy.ts';
import type { Job } from '../core/index.ts';
import { type Planned, plan, planHash } from './plan.ts';

const about = (samples: number, blockSizes: number[], changes: Partial<Planned> = {}): Planned => ({
  benchmarks: [toyBenchmark(samples)],
  policies: blockSizes.map((blockSize, index) =>
    toyPolicy(index === 0 ? 'baseline' : `policy_${index}`, { blockSize }),
  ),
  backend: toyBackend,
  ...changes,
});

const cases = fc.record({
  samples: fc.integer({ min: 1, max: 40 }),
  blockSizes: fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 4 }),
  repeats: fc.integer({ min: 1, max: 3 }),
  seed: fc.nat(),
});

const by = <T>(jobs: Job[], field: (job: Job) => T) => {
  const groups = new Map<T, Job[]>();
  for (const job of jobs) groups.set(field(job), [...(groups.get(field(job)) ?? []), job]);
  return groups;
};

describe('the plan', () => {
  it('is pure: equal arguments give equal jobs, and neither argument changes', () => {
    fc.assert(
      fc.property(cases, ({ samples, blockSizes, repeats, seed }) => {
        const config = toyConfig({ repeats, seed });
        const input = about(samples, blockSizes);
        const before = JSON.stringify([config, input]);
        expect(plan(config, input)).toEqual(plan(structuredClone(config), structuredClone(input)));
        expect(JSON.stringify([config, input])).toBe(before);
      }),
    );
  });

  it('holds every sample once per policy and repeat, under unique keys', () => {
    fc.assert(
      fc.property(cases, ({ samples, blockSizes, repeats, seed }) => {
        const jobs = plan(toyConfig({ repeats, seed }), about(samples, blockSizes));
        expect(jobs).toHaveLength(samples * repeats * blockSizes.length);
        expect(new Set(jobs.map((job) => job.key)).size).toBe(jobs.length);
        const places = jobs.map((job) => `${job.cell.policy_name} ${job.sample} ${job.repeat}`);
        expect(new Set(places).size).toBe(jobs.length);
      }),
    );
  });

  it('apart: between two trials of one sample lie those of all others, and each policy is spread over the run', () => {
    fc.assert(
      fc.property(cases, ({ samples, blockSizes, repeats, seed }) => {
        const input = about(
          samples,
          blockSizes.map(() => 1),
          { apart: true },
        );
        const jobs = plan(toyConfig({ repeats, seed }), input);
        const usual = plan(toyConfig({ repeats, seed }), { ...input, apart: false });
        expect(jobs.map(({ key }) => key).sort()).toEqual(usual.map(({ key }) => key).sort());
        const last = new Map<string, number>();
        for (const [at, { sample }] of jobs.entries()) {
          expect(at - (last.get(sample) ?? Number.NEGATIVE_INFINITY)).toBeGreaterThanOrEqual(samples);
          last.set(sample, at);
        }
        const rounds = by(jobs, ({ cell }) => cell.policy_name);
        const mean = (list: Job[]) => list.reduce((sum, job) => sum + jobs.indexOf(job), 0) / list.length;
        for (const list of rounds.values())
          if (samples * repeats >= 10 * blockSizes.length)
            expect(Math.abs(mean(list) - (jobs.length - 1) / 2) / jobs.length).toBeLessThan(0.1);
      }),
    );
  });

  it('gives every policy the same seed for the same sample and repeat, and other repeats another', () => {
    fc.assert(
      fc.property(cases, ({ samples, blockSizes, repeats, seed }) => {
        const jobs = plan(toyConfig({ repeats, seed }), about(samples, blockSizes));
        const groups = by(jobs, (job) => `${job.sample} ${job.repeat}`);
        for (const twins of groups.values()) expect(new Set(twins.map((job) => job.seed)).size).toBe(1);
        expect(new Set(jobs.map((job) => job.seed)).size).toBe(groups.size);
      }),
    );
  });

  it('keeps blocks together, of one cell, and never smaller than asked for unless the cell is', () => {
    fc.assert(
      fc.property(cases, ({ samples, blockSizes, repeats, seed }) => {
        const input = about(samples, blockSizes);
        const jobs = plan(toyConfig({ repeats, seed }), input);
        const runs = jobs.filter((job, index) => job.block !== jobs[index - 1]?.block).length;
        const blocks = by(jobs, (job) => job.block);
        expect(runs).toBe(blocks.size);
        for (const members of blocks.values()) {
          const names = new Set(members.map((job) => job.cell.policy_name));
          expect(names.size).toBe(1);
          const wanted = input.policies.find((policy) => names.has(policy.policy_name))?.blockSize ?? 0;
          expect(members.length).toBeGreaterThanOrEqual(Math.min(wanted, samples * repeats));
          const unit = samples >= wanted ? wanted : Math.ceil(wanted / samples) * samples;
          expect(members.length).toBeLessThan(2 * Math.max(unit, 1));
        }
      }),
    );
  });

  it('cuts every repeat at the same samples, so that blocks hold the same ones or none in common', () => {
    fc.assert(
      fc.property(cases, ({ samples, blockSizes, repeats, seed }) => {
        const jobs = plan(toyConfig({ repeats, seed }), about(samples, blockSizes));
        for (const members of by(jobs, (job) => job.cell.policy_name).values()) {
          const sets = [...by(members, (job) => job.block).values()].map((block) =>
            [...new Set(block.map((job) => job.sample))].sort().join(),
          );
          const held = [...new Set(sets)].flatMap((set) => set.split(','));
          expect(held).toHaveLength(samples);
        }
      }),
    );
  });

  it('puts several repeats into a block where there are fewer samples than it wants', () => {
    const policies = [toyPolicy('baseline'), toyPolicy('elastic', { blockSize: 32 })];
    const blocksOf = (samples: number, repeats: number) => {
      const jobs = plan(toyConfig({ repeats }), { ...about(samples, []), policies });
      const members = jobs.filter((job) => job.cell.policy_name === 'elastic');
      return [...by(members, (job) => job.block).values()].map((block) => block.length);
    };
    expect(blocksOf(24, 1)).toEqual([24]);
    expect(blocksOf(24, 4)).toEqual([48, 48]);
    expect(blocksOf(70, 2)).toEqual([35, 35, 35, 35]);
  });

  it('plays a sample under all policies before it goes on, in changing order', () => {
    const names = ['baseline', 'baseline_again', 'a', 'b'];
    const jobs = plan(toyConfig(), { ...about(50, []), policies: names.map((name) => toyPolicy(name)) });
    const rounds = Array.from({ length: 50 }, (_, round) => jobs.slice(round * 4, round * 4 + 4));
    for (const [round, members] of rounds.entries())
      expect(members.map((job) => job.sample)).toEqual(Array(4).fill(`s${round}`));
    const orders = new Set(rounds.map((members) => members.map((job) => job.cell.policy_name).join()));
    // 24 orders are possible; 50 draws of one kind would be no shuffle.
    expect(orders.size).toBeGreaterThan(12);
    const leads = names.map((name) => rounds.filter((members) => members[0]?.cell.policy_name === name).length);
    expect(Math.max(...leads)).toBeLessThan(25);
  });

  it('lets neither run of the baseline come first more often: under load, the first of two has other neighbours', () => {
    const seeds = Array.from({ length: 100 }, (_, seed) => seed);
    const leads = seeds.flatMap((seed) => {
      const jobs = plan(toyConfig({ repeats: 2, seed }), about(24, [1, 1]));
      const pairs = by(jobs, ({ sample, repeat }) => `${sample} ${repeat}`);
      // Nothing lies between the two.
      for (const [first, second] of pairs.values())
        expect(jobs.indexOf(second as Job) - jobs.indexOf(first as Job)).toBe(1);
      return [...pairs.values()].map(([first]) => first?.cell.policy_name === 'baseline');
    });
    // 4,800 throws of a fair coin: five standard errors are 0.036.
    expect(Math.abs(leads.filter(Boolean).length / leads.length - 0.5)).toBeLessThan(0.036);
  });

  it('starts a big block while the same samples are played under the other policies', () => {
    const jobs = plan(toyConfig(), {
      ...about(64, []),
      policies: [toyPolicy('baseline'), toyPolicy('elastic', { blockSize: 32 })],
    });
    for (const [block, from] of [
      ['toy/elastic/0', 0],
      ['toy/elastic/1', 32],
    ] as const) {
      const start = jobs.findIndex((job) => job.block === block);
      const before = jobs.slice(0, start).filter((job) => job.cell.policy_name === 'baseline').length;
      expect(before).toBeGreaterThanOrEqual(from);
      expect(before).toBeLessThanOrEqual(from + 32);
    }
  });

  it('spreads every benchmark over the whole run', () => {
    const benchmarks = [toyBenchmark(10), toyBenchmark(100, { name: 'other' })];
    const jobs = plan(toyConfig(), { ...about(1, [1]), benchmarks });
    const firstHalf = jobs.slice(0, jobs.length / 2).filter((job) => job.cell.benchmark === 'toy').length;
    expect(firstHalf).toBeGreaterThanOrEqual(4);
    expect(firstHalf).toBeLessThanOrEqual(6);
  });

  it('does not move or change a policy when another is added', () => {
    const few = plan(toyConfig(), about(12, [1, 3]));
    const more = plan(toyConfig(), about(12, [1, 3, 5])).filter((job) => job.cell.policy_name !== 'policy_2');
    expect(more).toEqual(few);
  });

  it('changes every key with anything that can change an answer, and with nothing else', () => {
    const keys = (config = toyConfig(), input = about(3, [1])) => plan(config, input).map((job) => job.key);
    const original = keys();
    const benchmark = (change: object) => about(3, [1], { benchmarks: [toyBenchmark(3, change)] });
    const policy = (change: object) => about(3, [1], { policies: [toyPolicy('baseline', change)] });
    const backend = (change: object) => about(3, [1], { backend: { ...toyBackend, ...change } });
    const changed = {
      temperature: keys(toyConfig({ temperature: 0.5 })),
      sampling: keys(toyConfig({ sampling: { topK: 3 } })),
      maxTokens: keys(toyConfig({ maxTokens: 5 })),
      seed: keys(toyConfig({ seed: 8 })),
      version: keys(undefined, benchmark({ version: '2' })),
      options: keys(undefined, benchmark({ options: { shots: 1 } })),
      template: keys(undefined, benchmark({ template: 'other' })),
      'default tokens': keys(undefined, benchmark({ maxTokens: 17 })),
      'policy version': keys(undefined, policy({ version: 2 })),
      'policy parameters': keys(undefined, policy({ params: { k: 1 } })),
      realisation: keys(undefined, policy({ realisation: 'client' })),
      identity: keys(undefined, backend({ identity: 'toy 2' })),
      model: keys(undefined, backend({ model: 'other' })),
    };
    for (const [what, others] of Object.entries(changed))
      expect(
        original.filter((key) => others.includes(key)),
        what,
      ).toEqual([]);
    expect(keys(toyConfig({ concurrency: 99, margin: { quality: 0.5 } }))).toEqual(original);
  });

  it('changes the key of a sample whose content changed, and of no other', () => {
    const planned = (content: string) => {
      const fingerprints = new Map([
        ['s0', 'same'],
        ['s1', content],
      ]);
      return plan(toyConfig(), about(2, [1], { benchmarks: [toyBenchmark(2, { fingerprints })] }));
    };
    const [before, after] = [planned('old'), planned('new')];
    expect(before.map((job, index) => [job.sample, job.key === after[index]?.key])).toEqual([
      ['s0', true],
      ['s1', false],
    ]);
  });

  it('names a run after its configuration and its trials', () => {
    const jobs = plan(toyConfig(), about(3, [1]));
    expect(planHash(toyConfig(), jobs)).toMatch(/^[0-9a-f]{12}$/);
    expect(planHash(toyConfig(), jobs)).toBe(planHash(toyConfig(), structuredClone(jobs)));
    expect(planHash(toyConfig({ concurrency: 9 }), jobs)).not.toBe(planHash(toyConfig(), jobs));
    expect(planHash(toyConfig(), jobs.slice(1))).not.toBe(planHash(toyConfig(), jobs));
  });

  it.each([
    ['a sample', { benchmarks: [toyBenchmark(0, { sampleIds: ['x', 'x'] })] }, /sample of toy "x" is listed twice/],
    ['a policy', { policies: [toyPolicy('p'), toyPolicy('p')] }, /policy "p" is listed twice/],
    ['a benchmark', { benchmarks: [toyBenchmark(1), toyBenchmark(1)] }, /benchmark "toy" is listed twice/],
    ['an empty block', { policies: [toyPolicy('p', { blockSize: 0 })] }, /block size/],
  ])('refuses %s that cannot be planned', (_, change, message) => {
    expect(() => plan(toyConfig(), about(2, [1], change))).toThrow(message);
  });
});
