import { expect, it } from 'vitest';
import { madeUpCollected } from '../../test/support/made-up-run.ts';
import { loadCurve } from './load-curve.ts';

it('has the levels as they were given, and in each the baseline, then the policies as they were given', async () => {
  const collected = await madeUpCollected();
  const levels = [8, 1].map((value) => ({ value, collected: { ...collected, seconds: 10 }, doubts: [] }));
  const { points } = loadCurve('concurrency', levels);
  const names = ['baseline', 'speculative_decoding', 'early_exit_28', 'adaptive_kv_static'];
  const all = [...names, 'early_exit_28+speculative_decoding_layers'];
  expect(points.map(({ value, policy_name }) => `${value} ${policy_name}`)).toEqual(
    [8, 1].flatMap((value) => all.map((name) => `${value} ${name}`)),
  );
  // Both plays of the baseline are one point; of early exit two trials of 24 failed.
  expect(points[0]).toMatchObject({ trials: 48, failed: 0, trials_per_second: 4.8, generation_time: { n: 48 } });
  expect(points[2]).toMatchObject({ trials: 24, failed: 2, trials_per_second: 2.2, generation_time: { n: 22 } });
  expect(points[4]).toMatchObject({ trials: 24, failed: 0, trials_per_second: 0, generation_time: null });
});
