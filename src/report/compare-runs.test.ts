import { describe, expect, it } from 'vitest';
import { play, samples } from '../../test/support/made-up-trials.ts';
import { aboutRun } from '../../test/support/report-of-trials.ts';
import type { Trial } from '../core/index.ts';
import { createMeasure, inPairs, measureTrials } from '../rows/index.ts';
import { collectRows } from './collect-rows.ts';
import { compareRuns, isScore, type RunToCompare } from './compare-runs.ts';
import { parseCondition } from './gate.ts';
import { isGateFailed, renderComparison } from './render-run-comparison.ts';

async function run(label: string, trials: Trial[], more: Partial<RunToCompare> = {}): Promise<RunToCompare> {
  const known = new Map(samples.map((sample) => [sample.id, sample]));
  const measure = createMeasure({ run: label, samples: new Map([['b', known]]) });
  const collected = await collectRows(measureTrials(inPairs(trials), measure), { run: aboutRun() });
  return {
    ...{ label, input: { run: { id: label }, collected, headlines: measure.headlines } },
    ...{ samples: new Map([['b', new Map(samples.map(({ id }) => [id, id]))]]), facts: { machine: 'one' } },
    ...more,
  };
}

const earlier = () => run('before', [...play('baseline'), ...play('p'), ...play('gone')]);

describe('runs side by side', () => {
  it('are paired by sample, each against the first', async () => {
    const after = await run('after', [...play('baseline'), ...play('p', { time: (i) => 110 + (i % 4) })]);
    const { runs } = compareRuns([await earlier(), after]);
    const [only] = runs;
    const found = only?.cells.find(({ policy_name }) => policy_name === 'p')?.metrics.generation_time;
    // 110, 111, 112 and 113 over 100 each.
    expect(found?.ratio.mean).toBeCloseTo(1.115, 2);
    expect(found).toMatchObject({ paired: true, n: 24, few: false });
    expect(only?.differs).toEqual([]);
    expect(only?.samples).toEqual([]);
    expect(only?.missing).toEqual(['gone on b: only in before']);
  });

  it('are compared over the samples that are the same, or without pairs', async () => {
    const trials = [...play('baseline'), ...play('p')];
    const others = (from: number) =>
      new Map([['b', new Map(samples.map(({ id }, i) => [id, i < from ? id : `x ${id}`]))]]);
    const [some, none] = [
      await run('some', trials, { samples: others(20) }),
      await run('none', trials, { samples: others(0) }),
    ];
    const { runs } = compareRuns([await earlier(), some, none]);
    const of = (i: number) => runs[i]?.cells[1]?.metrics.generation_time;
    expect(of(0)).toMatchObject({ paired: true, n: 20 });
    expect(of(1)).toMatchObject({ paired: false, n: 24 });
    const width = (i: number) => (of(i)?.ratio.high as number) - (of(i)?.ratio.low as number);
    expect(width(1)).toBeGreaterThan(width(0));
    expect(runs.map(({ samples: said }) => said[0])).toEqual([
      expect.stringMatching(/^b: 20 samples are the same in both/),
      expect.stringMatching(/^b: no sample is the same in both, so nothing is paired/),
    ]);
  });

  it.each([
    ['exact_match', 0.4, 0.5, true],
    ['rouge_l', 0.9, 1, true],
    ['point_accuracy', 0.4, 0.5, true],
    ['cpu_seconds', 0.02, 0.03, false],
    ['throughput', 0.4, 0.5, false],
    ['words_of_my_own', 12, 14, false],
  ])('say whether %s is a score, whose change is a difference', (name, first, second, score) => {
    expect(isScore(name, { first, second })).toBe(score);
  });

  it('hold each backend of a run against its own, and another model against this one', async () => {
    const on = (backend: string, trials: Trial[]) =>
      trials.map((trial): Trial => ({ ...trial, key: `${backend} ${trial.key}`, cell: { ...trial.cell, backend } }));
    const both = (time: number) => [
      ...on('ggml', [...play('baseline'), ...play('p')]),
      ...on('openai', [...play('baseline', { time: () => 300 }), ...play('p', { time: () => time })]),
    ];
    const { runs } = compareRuns([await run('before', both(300)), await run('after', both(600))]);
    const ratios = runs[0]?.cells
      .filter(({ policy_name }) => policy_name === 'p')
      .map(({ metrics }) => metrics.generation_time?.ratio.mean);
    expect(ratios).toEqual([expect.closeTo(1, 2), expect.closeTo(2, 2)]);
    const other = on('openai', [...play('baseline'), ...play('p'), ...play('gone')]);
    const { runs: across } = compareRuns([await earlier(), await run('after', other)]);
    expect(across[0]?.cells.length).toBe(3);
  });

  it('name another machine loudly', async () => {
    const after = await run('after', [...play('baseline'), ...play('p')], { facts: { machine: 'two' } });
    expect(renderComparison(compareRuns([await earlier(), after]), false)).toContain(
      '**DIFFERENT machine: one in before, two in after**',
    );
  });

  it('fail a gate that has to fail, and pass one that has to pass', async () => {
    const slow = await run('slow', [...play('baseline'), ...play('p', { time: () => 130 })]);
    const conditions = ['throughput < 0.95x', 'generation_time > +5%'].map(parseCondition);
    const failed = compareRuns([await earlier(), slow], { conditions });
    expect(failed.checks.map(({ policy_name, result }) => [policy_name, result])).toEqual([
      ...[
        ['baseline', 'passed'],
        ['baseline', 'passed'],
      ],
      ...[
        ['p', 'failed'],
        ['p', 'failed'],
      ],
    ]);
    // Four checks at 5 % together.
    expect(failed.checks[0]?.confidence).toBeCloseTo(0.9875, 9);
    expect(isGateFailed(failed, false)).toBe(true);
    const same = compareRuns([await earlier(), await run('same', [...play('baseline'), ...play('p')])], { conditions });
    expect([isGateFailed(same, false), isGateFailed(same, true)]).toEqual([false, false]);
    const one = compareRuns([await earlier(), slow], { conditions, policies: ['baseline'] });
    expect(isGateFailed(one, false)).toBe(false);
  });

  it('leave a gate unclear where the samples do not tell, which fails only the strict', async () => {
    const shaky = play('p', { time: (i) => 104 + (i % 2 === 0 ? 30 : -30) });
    const conditions = [parseCondition('generation_time > 1.05x'), parseCondition('reward < -0.02')];
    const found = compareRuns([await earlier(), await run('after', shaky)], { conditions });
    expect(found.checks.map(({ result }) => result)).toEqual(['unclear', 'unclear']);
    expect([isGateFailed(found, false), isGateFailed(found, true)]).toEqual([false, true]);
  });
});
