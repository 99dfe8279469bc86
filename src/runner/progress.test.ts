import { expect, it } from 'vitest';
import type { Trial } from '../core/index.ts';
import { countProgress } from './progress.ts';

const trial = (status: Trial['status']) => ({ status }) as Trial;

it('counts trials of earlier sessions as done, and takes rate and time left from this one', () => {
  let seconds = 0;
  const progress = countProgress(20, { ok: 8, failed: 1, unsupported: 1 }, () => BigInt(seconds * 1e9));
  expect(progress.now()).toEqual({ total: 20, done: 10, failed: 1, unsupported: 1, rate: 0, elapsed: 0 });
  for (const status of ['ok', 'ok', 'failed', 'ok'] as const) progress.finish(trial(status));
  seconds = 2;
  expect(progress.now()).toEqual({ total: 20, done: 14, failed: 2, unsupported: 1, rate: 2, eta: 3, elapsed: 2 });
});
