import { expect, it } from 'vitest';
import type { Cell, Trial } from '../core/index.ts';
import { countProgress } from './progress.ts';

const trial = (status: Trial['status']) => ({ status }) as Trial;

it('counts trials of earlier sessions as done, and takes rate and time left from this one', () => {
  let seconds = 0;
  const progress = countProgress(20, { ok: 8, failed: 1, unsupported: 1 }, () => BigInt(seconds * 1e9));
  expect(progress.now()).toEqual({ total: 20, done: 10, failed: 1, unsupported: 1, rate: 0, elapsed: 0 });
  seconds = 10;
  progress.begin({ policy_name: 'p' } as Cell);
  progress.finish(trial('ok'));
  seconds = 11;
  expect(progress.now()).not.toHaveProperty('eta');
  for (const status of ['ok', 'ok', 'failed', 'ok'] as const) progress.finish(trial(status));
  seconds = 20;
  // Five trials in the ten seconds since the first began; what came before is no part of what is left.
  expect(progress.now()).toMatchObject({
    total: 20,
    done: 15,
    failed: 2,
    unsupported: 1,
    rate: 0.25,
    eta: 10,
    elapsed: 20,
  });
});
