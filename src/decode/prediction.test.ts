import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPrediction } from './prediction.ts';

function draftsAfter(ids: readonly number[], answer: readonly number[]) {
  const prediction = createPrediction(ids);
  for (const id of answer) prediction.follow(id);
  return prediction.draft(3);
}

describe('drafts of a predicted output', () => {
  it('are what the prediction has next', () => {
    expect(draftsAfter([1, 2, 3, 4, 5], [])).toEqual([1, 2, 3]);
    expect(draftsAfter([1, 2, 3, 4, 5], [1, 2])).toEqual([3, 4, 5]);
    expect(draftsAfter([1, 2, 3, 4, 5], [1, 2, 3, 4])).toEqual([5]);
    expect(draftsAfter([1, 2, 3], [1, 2, 3])).toEqual([]);
  });

  it('stop where the answer leaves it, and go on where it comes back', () => {
    const ids = [1, 2, 3, 4, 5, 6, 7, 8];
    expect(draftsAfter(ids, [1, 2, 9])).toEqual([]);
    expect(draftsAfter(ids, [1, 2, 9, 4])).toEqual([]);
    expect(draftsAfter(ids, [1, 2, 9, 4, 5])).toEqual([6, 7, 8]);
    // A longer insertion, and a stretch that was left out.
    expect(draftsAfter(ids, [1, 2, 9, 9, 9, 3, 4])).toEqual([5, 6, 7]);
    expect(draftsAfter(ids, [1, 2, 6, 7])).toEqual([8]);
  });

  it('go on behind the place where the two parted, though the same words stood before', () => {
    expect(draftsAfter([1, 2, 3, 7, 1, 2, 4, 8], [1, 2, 3, 9, 1, 2])).toEqual([4, 8]);
  });

  it('are always a stretch of the prediction', () => {
    const token = fc.nat(4);
    fc.assert(
      fc.property(fc.array(token, { maxLength: 30 }), fc.array(token, { maxLength: 30 }), (ids, answer) => {
        const drafts = draftsAfter(ids, answer);
        expect(` ${ids.join(' ')} `).toContain(drafts.length > 0 ? ` ${drafts.join(' ')} ` : ' ');
      }),
    );
  });
});
