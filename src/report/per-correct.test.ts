import { describe, expect, it } from 'vitest';
import { build, cellOf, play } from '../../test/support/made-up-trials.ts';

describe('what a correct answer costs', () => {
  it('is all seconds over all scores, and a fast policy that is wrong is dear', async () => {
    const right = (share: number) => (i: number) => (i % 4 < share ? 1 : 0);
    const report = await build([
      ...play('baseline', { time: () => 1000, score: right(3) }),
      ...play('hasty', { time: () => 800, score: right(1) }),
    ]);
    const [baseline, hasty] = ['baseline', 'hasty'].map((name) => cellOf(report, name)?.per_correct);
    // 24 s for 18 answers, 19.2 s for 6.
    expect(baseline?.seconds_per_correct?.mean).toBeCloseTo(24 / 18, 3);
    expect(hasty?.seconds_per_correct).toMatchObject({ n: 24, correct: 6, left_out: 0 });
    expect(hasty?.seconds_per_correct?.mean).toBeCloseTo(19.2 / 6, 3);
    expect(hasty?.seconds_per_correct?.ratio.mean).toBeCloseTo(19.2 / 6 / (24 / 18), 3);
    expect(hasty?.seconds_per_correct?.ratio.low).toBeGreaterThan(1);
    // Seven tokens each, of prompt and answer.
    expect(hasty?.tokens_per_correct?.mean).toBeCloseTo((24 * 7) / 6, 9);
    expect(hasty?.usd_per_correct).toBeUndefined();
  });

  it('has no number where nothing was correct, and no interval where too little was', async () => {
    const few = (count: number) => ({ score: (i: number) => (i < count ? 1 : 0) });
    const report = await build([...play('baseline'), ...play('none', few(0)), ...play('two', few(2))]);
    const [none, two] = ['none', 'two'].map((name) => cellOf(report, name)?.per_correct.seconds_per_correct);
    expect(none).toMatchObject({ mean: null, low: null, high: null, why: 'no answer was correct' });
    expect(none?.ratio).toEqual({ mean: null, low: null, high: null });
    expect(two?.mean).toBeGreaterThan(0);
    expect(two).toMatchObject({ low: null, high: null, why: 'fewer than 3 answers were correct' });
  });

  it('leaves out trials that failed, and counts them', async () => {
    const some = play('p', { time: () => 1000 }).map((trial, i) =>
      i < 3 ? play('p', { status: 'failed' })[i]! : trial,
    );
    const report = await build([...play('baseline', { time: () => 1000 }), ...some]);
    const found = cellOf(report, 'p')?.per_correct.seconds_per_correct;
    expect(found).toMatchObject({ n: 21, left_out: 3, correct: 21 });
    expect(found?.mean).toBeCloseTo(1, 2);
  });

  it('counts repeats of a sample as one sample', async () => {
    const twice = (name: string) => [...play(name), ...play(name, { repeat: 1, score: () => 0 })];
    const report = await build([...twice('baseline'), ...twice('p')]);
    expect(cellOf(report, 'p')?.per_correct.seconds_per_correct).toMatchObject({ n: 24, correct: 12 });
  });
});
