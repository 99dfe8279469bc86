import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom, type Random } from '../core/index.ts';
import { type Accepted, acceptDraft, matchDraft, residual } from './accept-draft.ts';
import { sampleFrom } from './distribution.ts';

type Verifier = typeof acceptDraft;
type Rows = readonly (readonly number[])[];

// A Markov chain over four tokens: row = distribution after that token.
const target: Rows = [
  [0.5, 0.3, 0.2, 0],
  [0.1, 0.2, 0.3, 0.4],
  [0.25, 0.25, 0.25, 0.25],
  [0.05, 0.05, 0.8, 0.1],
];
const drafter: Rows = [
  [0.7, 0.2, 0.1, 0],
  [0.4, 0.3, 0.2, 0.1],
  [0.1, 0.2, 0.3, 0.4],
  [0, 0.5, 0.25, 0.25],
];
const row = (rows: Rows, id: number) => rows[id] as readonly number[];

/** One speculative step after `last`: two drafts from the drafter (or two fixed guesses), then verification. */
function step(verify: Verifier, oneHot: boolean, last: number, random: Random): Accepted {
  const first = oneHot ? 2 : sampleFrom(row(drafter, last), random);
  const second = oneHot ? 3 : sampleFrom(row(drafter, first), random);
  const context = [last, first, second];
  const of = (rows: Rows) => (position: number) => row(rows, context[position] as number);
  return verify([first, second], of(target), oneHot ? () => undefined : of(drafter), random);
}

/** Counts of the first three tokens after token 0 over many runs: two drafts and what follows them. */
function histogram(verify: Verifier, oneHot: boolean, samples: number): number[] {
  const random = createRandom(7);
  const counts = new Array<number>(64).fill(0);
  for (let i = 0; i < samples; i++) {
    const ids = step(verify, oneHot, 0, random).ids;
    while (ids.length < 3) ids.push(...step(verify, oneHot, ids.at(-1) as number, random).ids);
    const cell = ids.slice(0, 3).reduce((index, id) => index * 4 + id, 0);
    counts[cell] = (counts[cell] as number) + 1;
  }
  return counts;
}

function chiSquare(counts: readonly number[]): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  return counts.reduce((sum, count, cell) => {
    const path = [0, Math.floor(cell / 16), Math.floor(cell / 4) % 4, cell % 4];
    const steps = path.slice(1).map((id, index) => row(target, path[index] as number)[id] as number);
    const expected = steps.reduce((product, p) => product * p, total);
    if (expected === 0) return count === 0 ? sum : Number.POSITIVE_INFINITY;
    return sum + (count - expected) ** 2 / expected;
  }, 0);
}

// 41 cells have mass: the 99.99 % quantile of χ² with 40 degrees of freedom is 82.1
const critical = 82.1;

const broken: Record<string, Verifier> = {
  'accepts with probability p, not p/q': (drafts, p, q, random) =>
    acceptDraft(drafts, p, (i) => (q(i) === undefined ? undefined : [1, 1, 1, 1]), random),
  'draws a correction from p, not from the residual': (drafts, p, q, random) => {
    const result = acceptDraft(drafts, p, q, random);
    if (result.accepted < drafts.length) result.ids.splice(-1, 1, sampleFrom(p(result.accepted), random));
    return result;
  },
  'accepts every draft': (drafts, p, _q, random) => ({
    ids: [...drafts, sampleFrom(p(drafts.length), random)],
    accepted: drafts.length,
  }),
  'draws the bonus from the row before': (drafts, p, q, random) =>
    acceptDraft(drafts, (i) => p(Math.min(i, drafts.length - 1)), q, random),
};

describe('acceptDraft', () => {
  it.each([false, true])('gives the target distribution over 60,000 samples (one-hot drafts: %s)', (oneHot) => {
    expect(chiSquare(histogram(acceptDraft, oneHot, 60_000))).toBeLessThan(critical);
  });

  it.each(Object.keys(broken))('the same test fails a verifier that %s', (name) => {
    const worst = Math.max(
      ...[false, true].map((oneHot) => chiSquare(histogram(broken[name] as Verifier, oneHot, 60_000))),
    );
    expect(worst).toBeGreaterThan(critical * 10);
  });

  it('accepts a share Σ min(p, q) of drafts', () => {
    const random = createRandom(3);
    let accepted = 0;
    const [p, q] = [row(target, 0), row(drafter, 0)];
    for (let i = 0; i < 50_000; i++)
      accepted += acceptDraft(
        [sampleFrom(q, random)],
        () => p,
        () => q,
        random,
      ).accepted;
    // .8 ± 4 standard errors
    expect(Math.abs(accepted / 50_000 - 0.8)).toBeLessThan(0.0072);
  });

  it('accepts everything from a drafter equal to the target, and adds a bonus', () => {
    const random = createRandom(1);
    const p = row(target, 1);
    for (let i = 0; i < 1000; i++) {
      const drafts = [0, 1, 2].map(() => sampleFrom(p, random));
      const result = acceptDraft(
        drafts,
        () => p,
        () => p,
        random,
      );
      expect(result.accepted).toBe(3);
      expect(result.ids).toHaveLength(4);
      expect(result.ids.slice(0, 3)).toEqual(drafts);
    }
  });

  it('asks no row of the target beyond the first rejection', () => {
    const asked: number[] = [];
    const p = (position: number) => {
      asked.push(position);
      return [0, 1];
    };
    expect(acceptDraft([0, 1, 1], p, () => undefined, createRandom(1))).toEqual({ ids: [1], accepted: 0 });
    expect(asked).toEqual([0]);
  });

  it('ends with an accepted end token, without a bonus', () => {
    const p = () => [0, 0, 1];
    const result = acceptDraft([2, 2], p, () => undefined, createRandom(1), new Set([2]));
    expect(result).toEqual({ ids: [2], accepted: 1 });
  });

  it('is a plain step without drafts', () => {
    const result = acceptDraft(
      [],
      () => [0, 1],
      () => undefined,
      createRandom(1),
    );
    expect(result).toEqual({ ids: [1], accepted: 0 });
  });

  it('rejects a draft that its own drafter gives no mass', () => {
    const result = acceptDraft(
      [0],
      () => [0.5, 0.5],
      () => [0, 1],
      createRandom(1),
    );
    expect(result).toEqual({ ids: [0], accepted: 0 });
  });
});

describe('residual', () => {
  it('is the normalised positive difference', () => {
    const rest = residual([0.5, 0.3, 0.2], [0.7, 0.2, 0.1]);
    expect(rest[0]).toBe(0);
    expect(rest[1]).toBeCloseTo(0.5, 12);
    expect(rest[2]).toBeCloseTo(0.5, 12);
  });

  it('is p where p = q', () => {
    expect([...residual([0.25, 0.75], [0.25, 0.75])]).toEqual([0.25, 0.75]);
  });
});

describe('matchDraft', () => {
  it('gives exactly the tokens of plain picking, whatever the drafts', () => {
    const token = fc.integer({ min: 0, max: 3 });
    fc.assert(
      fc.property(
        fc.array(fc.array(token, { maxLength: 5 }), { minLength: 1, maxLength: 8 }),
        fc.nat(),
        (steps, seed) => {
          // the picked token depends on the last one and on one uniform number per pick
          const plain = createRandom(seed);
          const speculative = createRandom(seed);
          const ids = [0];
          for (const drafts of steps) {
            const context = [ids.at(-1) as number, ...drafts];
            const result = matchDraft(drafts, (i, draft) => {
              const id = sampleFrom(row(target, context[i] as number), speculative);
              return { id, accepted: id === draft };
            });
            expect(result.ids.length).toBe(result.accepted + 1);
            ids.push(...result.ids);
          }
          const expected = [0];
          while (expected.length < ids.length) expected.push(sampleFrom(row(target, expected.at(-1) as number), plain));
          expect(ids).toEqual(expected);
        },
      ),
    );
  });

  it('ends with an accepted end token, without a bonus', () => {
    const result = matchDraft([1, 2, 3], (i) => ({ id: i + 1, accepted: i < 3 }), new Set([2]));
    expect(result).toEqual({ ids: [1, 2], accepted: 2 });
  });

  it('ends with the judge`s own token where a draft may not stand, even an equal one', () => {
    const result = matchDraft([1, 2, 3], (i) => ({ id: i + 1, accepted: i < 1 }));
    expect(result).toEqual({ ids: [1, 2], accepted: 1 });
  });
});
