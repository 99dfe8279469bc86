import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createNgramDraft } from './ngram-draft.ts';

/** The definition: longest tail first, then every earlier occurrence by hand. */
function naive(ids: readonly number[], count: number, min: number, max: number, match: 'recent' | 'first'): number[] {
  for (let n = max; n >= min; n--) {
    const starts = ids
      .map((_, start) => start)
      .filter((start) => start + n < ids.length && ids.slice(start, start + n).join() === ids.slice(-n).join());
    const start = match === 'recent' ? starts.at(-1) : starts[0];
    if (ids.length > n && start !== undefined) return ids.slice(start + n, start + n + count);
  }
  return [];
}

describe('createNgramDraft', () => {
  it('copies what followed the most recent occurrence of the longest tail', () => {
    // tail 7 8 occurred twice; after the later one came 5
    expect(createNgramDraft([7, 8, 1, 9, 7, 8, 5, 6, 4, 7, 8]).draft(3)).toEqual([5, 6, 4]);
    expect(createNgramDraft([7, 8, 1, 9, 7, 8, 5, 6, 4, 7, 8], { match: 'first' }).draft(3)).toEqual([1, 9, 7]);
  });

  it('finds nothing in new text, in an empty history and for no tokens', () => {
    expect(createNgramDraft([1, 2, 3]).draft(4)).toEqual([]);
    expect(createNgramDraft().draft(4)).toEqual([]);
    expect(createNgramDraft([1, 1]).draft(0)).toEqual([]);
  });

  it('equals a naive search after every token', () => {
    const options = fc.record({
      min: fc.integer({ min: 1, max: 3 }),
      wider: fc.integer({ min: 0, max: 3 }),
      match: fc.constantFrom('recent' as const, 'first' as const),
    });
    fc.assert(
      fc.property(fc.array(fc.nat(3), { maxLength: 60 }), options, fc.nat(6), (ids, { min, wider, match }, count) => {
        const draft = createNgramDraft([], { min, max: min + wider, match });
        ids.forEach((id, index) => {
          draft.append(id);
          expect(draft.draft(count)).toEqual(naive(ids.slice(0, index + 1), count, min, min + wider, match));
        });
      }),
      { numRuns: 400 },
    );
  });

  it('tells n-grams of large ids apart', () => {
    const top = 2 ** 21 - 1;
    expect(createNgramDraft([top, top - 1, 5, top - 1, top, 6, top, top - 1], { min: 2 }).draft(1)).toEqual([5]);
  });

  it('refuses a range that holds no n-gram, and ids that are none', () => {
    for (const options of [{ min: 0 }, { min: 3, max: 2 }, { max: 1.5 }, { max: Number.NaN }])
      expect(() => createNgramDraft([], options)).toThrow(expect.objectContaining({ code: 'E_ARGUMENT' }));
    for (const id of [-1, 0.5, 2 ** 21])
      expect(() => createNgramDraft([id])).toThrow(expect.objectContaining({ code: 'E_ARGUMENT' }));
  });
});
