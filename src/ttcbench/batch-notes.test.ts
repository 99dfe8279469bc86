import { expect, it } from 'vitest';
import type { Trial } from '../core/index.ts';
import { batchNotes } from './batch-notes.ts';

const trial = (policy_name: string, params: object, wanted: number[] = [], shared_passes = 0) =>
  ({
    cell: { policy_name, benchmark: 'b' },
    params,
    counters: { sums: { shared_passes }, tallies: { no_room: Object.fromEntries(wanted.map((slots) => [slots, 1])) } },
  }) as unknown as Trial;

it('says why no two calls shared a pass, and of no other cell', () => {
  const params = { slots: 8, max_batch_tokens: 2048 };
  const first = trial('greedy', params);
  expect(batchNotes([first, trial('greedy', params, [2900]), trial('greedy', params, [3100, 3000])])).toEqual([
    expect.stringMatching(/^greedy on b: no two .* two calls want 2900 to 3100 KV slots .* max_batch_tokens is 2048:/),
  ]);
  const nested = { draft_model: null, speculative: {}, greedy: params };
  expect(batchNotes([trial('greedy+speculative', nested, [2900])])).toEqual([expect.stringMatching(/want 2900 KV/)]);
  expect(batchNotes([first, trial('greedy', params, [2900]), trial('greedy', params, [], 3)])).toEqual([]);
  expect(batchNotes([first])).toEqual([]);
  expect(batchNotes([trial('baseline', {})])).toEqual([]);
});

// By copies of a growing list this took a minute and a half.
it('ends with a hundred thousand trials', () => {
  const refused = trial('greedy', { max_batch_tokens: 2048 }, [2900]);
  expect(batchNotes(Array.from({ length: 100_000 }, () => refused))).toHaveLength(1);
});
