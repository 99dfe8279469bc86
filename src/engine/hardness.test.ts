/** Damaged model files; `npm run test:agreement` tries ten times as many. */
import { describe, expect, it } from 'vitest';
import { headerMutants, truncations, tryAll } from '../../test/agreement/mutants.ts';

describe('a damaged model file', () => {
  it('that was cut short is refused', () => {
    const outcome = tryAll(truncations(24));
    expect(outcome).toMatchObject({ refused: 24, strange: [] });
  });

  it('with other bytes in its header is refused or runs', () => {
    const outcome = tryAll(headerMutants(60, 1));
    expect(outcome).toMatchObject({ strange: [], died: undefined });
    expect(outcome.refused).toBeGreaterThan(5);
    expect(outcome.accepted).toBeGreaterThan(5);
    expect(outcome.ran + outcome.refusedLater).toBe(outcome.accepted);
    // All 7 that run did. One that lost a token or a merge may run as well and not give the sentence back.
    expect(outcome.faithful).toBeGreaterThan(5);
  });
});
